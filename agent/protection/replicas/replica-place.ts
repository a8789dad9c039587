import { mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, parse, sep } from 'node:path';
import type { FolderBlobStore } from '../../repository/copies/folder-blob-store';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { MIRROR_FOLDERS } from './mirror';
import { readMarker } from './replica-marker';

/**
 * Makes a folder ready to be a replica.
 * @param forbidden folders that it may not be in, nor hold: the agent's own
 * @returns the id of a replica of this store that is there already, else null
 * @throws BulwarkError `replica-refused`, `path-missing` (the folder that it is to be made in)
 */
export async function prepareReplica(
  store: FolderBlobStore,
  storeId: string,
  forbidden: readonly string[],
): Promise<string | null> {
  const path = store.place;
  if (path === parse(path).root) throw refused(path, 'is the root of a disk');
  for (const folder of forbidden)
    if (isInside(path, folder) || isInside(folder, path))
      throw refused(path, `and ${folder} are in one another`);
  const names = await contents(path);
  if (names !== null && names.length > 0) {
    const marker = await readMarker(store);
    if (marker === null) throw refused(path, 'is not empty, and no replica');
    if (marker.store !== storeId) throw refused(path, 'is the replica of another store');
    await makeFolders(path);
    return marker.replica;
  }
  // A parent that is missing is a disk that is not mounted, or a misspelling.
  if (names === null && (await contents(dirname(path))) === null)
    throw new BulwarkError('path-missing', `${dirname(path)} is not there`, {
      hint: 'Mount the disk first, or check the spelling.',
      details: { path },
    });
  await makeFolders(path);
  return null;
}

/** Whether two folders are on the same file system, so that one broken disk takes both. */
export async function onSameDisk(a: string, b: string): Promise<boolean> {
  try {
    return (await stat(a)).dev === (await stat(b)).dev;
  } catch {
    return false;
  }
}

/** Free bytes of the disk that holds a folder, or null when it is not there. */
export async function freeBytes(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}

async function makeFolders(path: string): Promise<void> {
  try {
    for (const name of ['', ...MIRROR_FOLDERS])
      await mkdir(join(path, name), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, path);
  }
}

async function contents(path: string): Promise<string[] | null> {
  try {
    const names = await readdir(path);
    // Every new disk has it.
    return names.filter((name) => name !== 'lost+found');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw fileError(error, path);
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function refused(path: string, why: string): BulwarkError {
  return new BulwarkError('replica-refused', `${path} ${why}`, {
    hint: 'Name an empty or new folder, best on another disk.',
    details: { path },
  });
}
