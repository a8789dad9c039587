import { ClassicLevel } from 'classic-level';
import { existsSync } from 'node:fs';
import { link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../support/atomic-file';
import { BulwarkError, fileError } from '../../support/errors';
import type { Log } from '../../support/log';
import { Catalog } from './catalog';
import { openError } from './catalog-open-error';
import { damagedFile } from './catalog-files';
import { lockedBy, wasLeftOpen } from '../holder';

/** Makes the folders of a store at `path` where there are none. @throws BulwarkError `permission-denied` … */
export function makeStoreFolder(path: string): Promise<void> {
  return makeFolder(join(path, 'packs'));
}

/** Folder of the catalog in the store at `path`. */
export function catalogPath(path: string): string {
  return join(path, 'catalog');
}

/**
 * Opens the catalog; one that is damaged is thrown away, for the packs to fill it again.
 * @throws BulwarkError `store-locked`, naming the holder
 */
export async function openCatalog(options: { path: string; log: Log }): Promise<Catalog> {
  const path = catalogPath(options.path);
  try {
    await checkFiles(options.path);
    return await opened(options.path);
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw fileError(error, options.path);
    if (error.reason === 'store-locked') throw await lockedBy(options.path, error);
    if (error.reason !== 'store-damaged') throw error;
    // The packs are the truth: a catalog that cannot be read is made again.
    options.log.warn('The catalog was damaged and is made again from the packs', { error });
    await rm(path, { recursive: true, force: true });
    return await Catalog.open(path);
  }
}

/**
 * Looks at checksums before LevelDB does not. Its tables, which are many, are read only after the
 * store was not closed: a damaged one may have been what ended the process.
 * @throws BulwarkError `store-damaged`, `store-locked`
 */
async function checkFiles(storePath: string): Promise<void> {
  const path = catalogPath(storePath);
  const tables = (await wasLeftOpen(storePath)) || existsSync(openingPath(storePath));
  const damaged = await damagedFile(path, tables);
  if (damaged === null) return;
  // Another process may be writing them just now; then it is no damage.
  await requireFree(storePath);
  throw new BulwarkError('store-damaged', `${damaged} of the catalog is damaged`);
}

/** Leaves a mark while the catalog is being opened: it stays when that ends the process. */
async function opened(storePath: string): Promise<Catalog> {
  await writeFile(openingPath(storePath), '', { mode: 0o600 });
  try {
    return await Catalog.open(catalogPath(storePath));
  } finally {
    await rm(openingPath(storePath), { force: true });
  }
}

function openingPath(storePath: string): string {
  return join(storePath, 'opening');
}

/**
 * Asks for LevelDB's lock without opening the catalog, which damage in it could answer by ending the
 * process: an empty database beside it shares its lock file.
 * @throws BulwarkError `store-locked`
 */
async function requireFree(storePath: string): Promise<void> {
  const probe = await mkdtemp(join(storePath, 'probe-'));
  try {
    await link(join(catalogPath(storePath), 'LOCK'), join(probe, 'LOCK'));
    const db = new ClassicLevel(probe);
    await db.open();
    await db.close();
  } catch (error) {
    const failure = openError(error, storePath);
    if (failure.reason === 'store-locked') throw failure;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
