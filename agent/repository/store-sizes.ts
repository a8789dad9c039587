import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../support/errors';
import { catalogPath } from './catalog/open-catalog';

/** Sizes on disk, bytes. */
export interface StoreSizes {
  readonly packBytes: number;
  readonly catalogBytes: number;
  /** Free space of the disk that holds the store. */
  readonly freeBytes: number;
}

/** @param path folder of the store */
export async function storeSizes(path: string): Promise<StoreSizes> {
  const free = await statfs(path);
  return {
    packBytes: await folderBytes(join(path, 'packs')),
    catalogBytes: await folderBytes(catalogPath(path)),
    freeBytes: free.bavail * free.bsize,
  };
}

async function folderBytes(path: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(path)) {
    try {
      bytes += (await stat(join(path, name))).size;
    } catch (error) {
      // LevelDB deletes files while we count them.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
  return bytes;
}
