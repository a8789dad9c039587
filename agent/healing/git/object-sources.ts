import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { KeptFile } from '../../protection/git-backups';
import { splitNul } from '../../worktrees/worktree-list';
import type { GitCase } from './git-remedy';

/** A loose object as a backup has it, whole. */
export async function keptObject(
  { backups, place }: GitCase,
  id: string,
): Promise<KeptFile | null> {
  const name = `objects/${id.slice(0, 2)}/${id.slice(2)}`;
  for await (const file of backups.sharedVersions(place.commonDir, name))
    if (isObject(file.bytes, id)) return file;
  return null;
}

/** Whether the bytes of a loose object are those of its id. */
export function isObject(bytes: Uint8Array, id: string): boolean {
  try {
    const content = inflateSync(bytes);
    return (
      createHash(id.length === 64 ? 'sha256' : 'sha1')
        .update(content)
        .digest('hex') === id
    );
  } catch {
    return false;
  }
}

/** A file of a worktree whose content is the object, as its index names it. */
export async function fileWith(
  { places, git }: GitCase,
  id: string,
): Promise<{ cwd: string; path: string } | null> {
  for (const { path: cwd, commonDir } of places) {
    const call = { cwd, lane: commonDir, okCodes: [0, 1, 128] };
    const { stdout, code } = await git.run({ ...call, args: ['ls-files', '--stage', '-z'] });
    if (code !== 0) continue;
    for (const record of splitNul(stdout)) {
      if (!record.subarray(7, 7 + id.length).equals(Buffer.from(id))) continue;
      const path = record.subarray(record.indexOf(9) + 1).toString('utf8');
      const hashed = await git.run({ ...call, args: ['hash-object', '--', path] });
      if (hashed.code === 0 && hashed.stdout.toString('latin1').trim() === id) return { cwd, path };
    }
  }
  return null;
}
