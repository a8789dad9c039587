import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BulwarkError } from '../support/errors';
import type { Log } from '../support/log';
import { Catalog } from './catalog';
import { lockedBy } from './holder';

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
    return await Catalog.open(path);
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw error;
    if (error.reason === 'store-locked') throw await lockedBy(options.path, error);
    if (error.reason !== 'store-damaged') throw error;
    // The packs are the truth: a catalog that cannot be read is made again.
    options.log.warn('The catalog was damaged and is made again from the packs', { error });
    await rm(path, { recursive: true, force: true });
    return await Catalog.open(path);
  }
}
