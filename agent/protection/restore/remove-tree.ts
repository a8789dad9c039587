import { chmodSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../support/errors';
import { decodeName, toFsPath } from '../../support/names';
import { look } from './places';

/** Removes a staging folder with all that is in it, read-only folders too. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(toFsPath(path), { recursive: true, force: true });
  } catch (error) {
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error;
    openFolders(path);
    await rm(toFsPath(path), { recursive: true, force: true });
  }
}

function openFolders(path: string): void {
  if (look(path)?.isDirectory() !== true) return;
  chmodSync(toFsPath(path), 0o700);
  for (const name of readdirSync(toFsPath(path), { encoding: 'buffer' }))
    openFolders(join(path, decodeName(name)));
}
