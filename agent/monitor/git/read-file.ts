import { open, readdir, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { errnoOf } from '../../support/errors';
import { decodeName, toFsPath } from '../../support/names';

/** What is at a path, links followed; null when nothing is. Throws other errors of the file system. */
export async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(toFsPath(path), { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Tells one state of a file from another: its inode, size and times. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].map(String).join(':');
}

/** The content of a file of at most `maxBytes`; null when it is not there or larger. */
export async function readUpTo(path: string, maxBytes: number): Promise<Buffer | null> {
  let file;
  try {
    file = await open(toFsPath(path), 'r');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= maxBytes ? await file.readFile() : null;
  } finally {
    await file.close();
  }
}

/** Entries of a folder as names; none when it is not there. */
export async function entriesOf(
  folder: string,
): Promise<{ readonly name: string; readonly isFolder: boolean }[]> {
  try {
    const entries = await readdir(toFsPath(folder), { withFileTypes: true, encoding: 'buffer' });
    return entries.map((entry) => ({
      name: decodeName(entry.name),
      isFolder: entry.isDirectory(),
    }));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
