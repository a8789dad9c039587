import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { errnoOf, fileError } from './errors';

/**
 * Writes a whole file so that a crash leaves the old or the new content:
 * temporary file, fsync, rename, fsync of the folder.
 * @param mode permission bits of the new file; 0600 unless told
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600 }: { mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** What {@link writeFileAtomic} names its temporary files. */
const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/;

/**
 * Removes the temporary files that processes which were killed have left in a folder. Nobody may be
 * writing there. Does nothing where there is no such folder.
 * @param isTemporary tells them by their names; those of {@link writeFileAtomic} unless told
 * @throws BulwarkError `permission-denied` …
 */
export async function removeTemporaries(
  folder: string,
  isTemporary: (name: string) => boolean = (name) => TEMPORARY.test(name),
): Promise<void> {
  try {
    for (const name of await readdir(folder))
      if (isTemporary(name)) await rm(join(folder, name), { force: true });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, folder);
  }
}

/**
 * Makes a folder that only its owner can enter, with those above it, where it is not there.
 * @throws BulwarkError `permission-denied`, `disk-full` …
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Makes the entries of a folder durable; does nothing where folders cannot be opened (Windows). */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    // Some network file systems refuse fsync of a folder; their rename is synchronous.
    if (errnoOf(error) !== 'EINVAL' && errnoOf(error) !== 'EBADF') throw error;
  }
}
