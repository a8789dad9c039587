import { createHash } from 'node:crypto';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { findEntry } from '../restore/diff';
import { rootOf } from '../restore/snapshot-parts';

/** So many files are compared with git's; more than that are not reverted by hand. */
export const COMPARED = 500;

/**
 * Which of these files of a state git has with the same bytes in a commit or in what HEAD was then, so
 * that nothing is lost with them. Files that git changes when it checks them out (line ends, filters)
 * count as lost.
 * @param commit what git knows a commit by
 */
export async function keptByGit(
  { git, repository }: { git: Git; repository: Repository },
  worktree: string,
  record: SnapshotRecord,
  paths: readonly string[],
  commit: string,
): Promise<ReadonlySet<string>> {
  const files = rootOf(record, 'files');
  const asked = paths.slice(0, COMPARED);
  const kept = new Set<string>();
  if (files === null || asked.length === 0) return kept;
  const committed = [await blobsOf(git, worktree, commit, asked)];
  const then = record.git?.head ?? null;
  if (then !== null) committed.push(await blobsOf(git, worktree, then, asked));
  const read = repository.read.bind(repository);
  for (const path of asked) {
    const wanted = committed.flatMap((blobs) => blobs.get(path) ?? []);
    if (wanted.length === 0) continue;
    const entry = (await findEntry(read, files, path))?.entry;
    if (entry?.kind !== 'file' || entry.chunked) continue;
    const bytes = entry.id === null ? Buffer.alloc(0) : await read(entry.id);
    if (wanted.some((id) => gitBlobId(bytes, id.length) === id)) kept.add(path);
  }
  return kept;
}

async function blobsOf(
  git: Git,
  worktree: string,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...paths];
  const found = new Map<string, string>();
  try {
    const { stdout } = await git.run({ cwd: worktree, args, okCodes: [0, 128] });
    for (const line of decodeName(stdout).split('\0')) {
      const [, id, path] = /^\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
      if (id !== undefined && path !== undefined) found.set(path, id);
    }
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw error;
  }
  return found;
}

/** Git's id of a file's content. @param digits of the repository's ids: 40 for SHA-1, 64 for SHA-256 */
function gitBlobId(bytes: Buffer, digits: number): string {
  const hash = createHash(digits === 40 ? 'sha1' : 'sha256');
  return hash
    .update(`blob ${String(bytes.length)}\0`)
    .update(bytes)
    .digest('hex');
}
