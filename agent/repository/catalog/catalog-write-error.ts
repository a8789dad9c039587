import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { damagedCatalog, isCatalogDamage } from './catalog-open-error';

/** More than LevelDB writes at once: twice what it gathers in memory. Bytes. */
const ROOM_BYTES = 8 * 1024 * 1024;

/** Whether the disk, and nothing in the catalog, kept LevelDB from its work. */
export function isDiskFailure(error: unknown): boolean {
  return (
    errnoOf(error) === 'LEVEL_IO_ERROR' ||
    (error instanceof Error && error.cause !== undefined && isDiskFailure(error.cause))
  );
}

/**
 * Whether as much as LevelDB needs can be written in the folder of a catalog. LevelDB itself tells a
 * failure of the disk only as a text.
 * @throws BulwarkError `disk-full`, `permission-denied` …
 */
export async function requireWritable(path: string): Promise<void> {
  const probe = join(path, 'room');
  try {
    await writeFile(probe, Buffer.alloc(ROOM_BYTES), { mode: 0o600 });
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** What is told of a failure to write the catalog in `path`. */
export async function writeError(error: unknown, path: string): Promise<unknown> {
  if (isCatalogDamage(error)) return damagedCatalog(error);
  if (!isDiskFailure(error)) return error;
  try {
    await requireWritable(path);
  } catch (reason) {
    return reason;
  }
  return new BulwarkError('disk-full', `the disk that holds ${path} had no room for a moment`, {
    hint: 'Free some space, then try again; nothing was lost.',
    details: { path },
    cause: error,
  });
}
