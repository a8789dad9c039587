import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, open, readdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../../support/atomic-file';
import { errnoOf } from '../../support/errors';
import { decodeName, toFsPath } from '../../support/names';

/** What is at a path itself, links not followed; null when nothing is. */
export async function lookAt(path: string): Promise<BigIntStats | null> {
  try {
    return await lstat(toFsPath(path), { bigint: true });
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Makes the entries of the folder that holds `path` durable. */
async function syncParent(path: string): Promise<void> {
  const raw = toFsPath(dirname(path));
  // A folder whose name is no UTF-8 is made durable with the next checkpoint of its file system.
  if (typeof raw === 'string') await syncFolder(raw);
}

/** Moves a file, link or folder, durable; across file systems by a copy that is durable first. */
export async function moveDurably(from: string, to: string): Promise<void> {
  try {
    await rename(toFsPath(from), toFsPath(to));
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    // Beside its place, so that what is there under its own name is always whole.
    const part = `${to}.part`;
    await rm(toFsPath(part), { recursive: true, force: true });
    await cp(from, part, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    await syncTree(part);
    await rename(toFsPath(part), toFsPath(to));
    await syncParent(to);
    await rm(toFsPath(from), { recursive: true, force: true });
  }
  await syncParent(to);
  await syncParent(from);
}

async function syncTree(path: string): Promise<void> {
  const found = await lookAt(path);
  if (found === null || found.isSymbolicLink()) return;
  if (found.isDirectory()) for (const name of await namesIn(path)) await syncTree(join(path, name));
  const file = await open(toFsPath(path), 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(toFsPath(folder), { encoding: 'buffer' })).map(decodeName);
}

/** Puts a whole file where another may be: one of them is there at each moment. */
export async function replaceDurably(
  path: string,
  temporary: string,
  bytes: Uint8Array,
  mode: number,
): Promise<void> {
  const file = await open(toFsPath(temporary), 'w', mode);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(toFsPath(temporary), toFsPath(path));
  await syncParent(path);
}

/** Where a file is written before it gets its name. Git takes nothing that ends so for a ref. */
export function temporaryFor(path: string, attempt: string): string {
  return join(dirname(path), `${basename(path)}.bulwark-${attempt}.lock`);
}

/** The topmost folder above `path` that is not there, or null. */
export async function firstMissing(path: string): Promise<string | null> {
  let missing: string | null = null;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((await lookAt(folder)) !== null || dirname(folder) === folder) return missing;
    missing = folder;
  }
}

export async function makeParents(path: string): Promise<void> {
  await mkdir(toFsPath(dirname(path)), { recursive: true });
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Tells the content of what is at a path from any other; null when nothing is. Of a folder, its names and contents. */
export async function printOf(path: string): Promise<string | null> {
  const found = await lookAt(path);
  if (found === null) return null;
  if (found.isSymbolicLink())
    return `link ${(await readlink(toFsPath(path), { encoding: 'buffer' })).toString('hex')}`;
  if (found.isDirectory()) {
    const parts: string[] = [];
    for (const name of (await namesIn(path)).sort())
      parts.push(`${name}\0${String(await printOf(join(path, name)))}`);
    return sha256(Buffer.from(parts.join('\0')));
  }
  return found.isFile() ? sha256(await readFile(toFsPath(path))) : 'other';
}
