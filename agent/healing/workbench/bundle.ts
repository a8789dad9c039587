import { lutimes, readFile, readlink, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BulwarkError } from '../../support/errors';
import { toFsPath } from '../../support/names';
import {
  lookAt,
  makeParents,
  moveDurably,
  namesIn,
  printOf,
  replaceDurably,
  temporaryFor,
} from './durable-files';

/*
 * How some files were, in one file: a line of JSON that lists them, then their bytes. One file, because
 * a repository has thousands of refs and each fsync takes milliseconds.
 */

const entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent'), path: z.string() }),
  z.object({ kind: z.literal('folder'), path: z.string(), names: z.array(z.string()) }),
  z.object({
    kind: z.enum(['file', 'link']),
    path: z.string(),
    mode: z.int(),
    mtimeMs: z.number(),
    from: z.int(),
    to: z.int(),
  }),
]);
type Entry = z.infer<typeof entry>;

/** More than this is not copied, bytes. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Copies files, links and folders with what is in them; notes what is not there.
 * @param skip names of folders that are left out
 * @throws BulwarkError `too-large`
 */
export async function writeBundle(
  file: string,
  paths: readonly string[],
  skip: ReadonlySet<string> = new Set(),
): Promise<void> {
  const entries: Entry[] = [];
  const pieces: Buffer[] = [];
  let at = 0;
  const visit = async (path: string): Promise<void> => {
    const found = await lookAt(path);
    if (found === null) entries.push({ kind: 'absent', path });
    else if (found.isDirectory()) {
      const names = (await namesIn(path)).filter((name) => !skip.has(name));
      entries.push({ kind: 'folder', path, names });
      for (const name of names) await visit(join(path, name));
    } else if (found.isFile() || found.isSymbolicLink()) {
      if (at + Number(found.size) > MAX_BYTES)
        throw new BulwarkError('too-large', `${path} is too large to be copied before a repair`);
      const bytes = found.isFile()
        ? await readFile(toFsPath(path))
        : await readlink(toFsPath(path), { encoding: 'buffer' });
      pieces.push(bytes);
      entries.push({
        kind: found.isFile() ? 'file' : 'link',
        path,
        mode: Number(found.mode) & 0o7777,
        mtimeMs: Number(found.mtimeNs) / 1e6,
        from: at,
        to: at + bytes.length,
      });
      at += bytes.length;
    }
  };
  for (const path of paths) await visit(path);
  const head = Buffer.from(`${JSON.stringify(entries)}\n`);
  await replaceDurably(file, `${file}.part`, Buffer.concat([head, ...pieces]), 0o600);
}

/**
 * Brings everything in a bundle back to how it was. What is there instead is moved to `aside` first.
 * @param attempt for the names of temporary files
 */
export async function restoreBundle(file: string, aside: string, attempt: string): Promise<void> {
  const data = await readFile(file);
  const end = data.indexOf(10);
  const entries = z.array(entry).parse(JSON.parse(data.toString('utf8', 0, end)));
  let moved = 0;
  const away = async (path: string): Promise<void> => {
    while ((await lookAt(`${aside}-${String(moved)}`)) !== null) moved += 1;
    await moveDurably(path, `${aside}-${String(moved)}`);
  };
  for (const one of entries) {
    const { path } = one;
    const found = await lookAt(path);
    switch (one.kind) {
      case 'absent':
        if (found !== null) await away(path);
        break;
      case 'folder': {
        if (found?.isDirectory() !== true) break;
        const known = new Set(one.names);
        for (const name of await namesIn(path)) if (!known.has(name)) await away(join(path, name));
        break;
      }
      case 'file':
      case 'link': {
        const bytes = data.subarray(end + 1 + one.from, end + 1 + one.to);
        await restoreOne(one, bytes, { found: found !== null, attempt, away });
      }
    }
  }
}

async function restoreOne(
  one: Extract<Entry, { kind: 'file' | 'link' }>,
  bytes: Buffer,
  {
    found,
    attempt,
    away,
  }: { found: boolean; attempt: string; away: (path: string) => Promise<void> },
): Promise<void> {
  const { path, mode, mtimeMs } = one;
  const time = new Date(mtimeMs);
  if (one.kind === 'link') {
    const same = (await printOf(path)) === `link ${bytes.toString('hex')}`;
    if (same) return;
    if (found) await away(path);
    await makeParents(path);
    await symlink(bytes, toFsPath(path));
    await lutimes(toFsPath(path), time, time);
    return;
  }
  const now = found ? await lookAt(path) : null;
  if (now?.isFile() === true && (await readFile(toFsPath(path))).equals(bytes)) return;
  if (now !== null) await away(path);
  await makeParents(path);
  await replaceDurably(path, temporaryFor(path, attempt), bytes, mode);
  await utimes(toFsPath(path), time, time);
}
