import { link, open, readFile, rm, unlink } from 'node:fs/promises';
import { BulwarkError, errnoOf } from '../../support/errors';
import { displayName, toFsPath } from '../../support/names';

/**
 * Takes git's own lock of an index, so that no git writes it meanwhile. It is there with its owner's
 * mark or not at all, also after a power loss and on a full disk: one without would be nobody's, and
 * keep git out for ever.
 * @throws BulwarkError `busy` when somebody holds it
 */
export async function holdIndex(lock: string, owner: string): Promise<void> {
  const own = beside(lock, owner);
  try {
    await writeMark(own, owner);
    await link(toFsPath(own), toFsPath(lock)).catch(async (error: unknown) => {
      if (errnoOf(error) === 'EEXIST') throw error;
      // File systems without hard links (FAT, some network ones).
      await writeMark(lock, owner);
    });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw new BulwarkError('busy', `git is at work here: ${displayName(lock)} is there`, {
      hint: 'Wait until git is done (or has closed its editor), then try again.',
      details: { path: lock },
    });
  } finally {
    await rm(toFsPath(own), { force: true });
  }
}

/** Lets go of a lock that `owner` holds; one of somebody else is left alone. */
export async function releaseLock(lock: string, owner: string): Promise<void> {
  await rm(toFsPath(beside(lock, owner)), { force: true });
  try {
    if ((await readFile(toFsPath(lock), 'utf8')) === mark(owner)) await unlink(toFsPath(lock));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Writes a new file, durably; one that cannot be written whole is removed again. */
async function writeMark(path: string, owner: string): Promise<void> {
  const file = await open(toFsPath(path), 'wx', 0o600);
  try {
    await file.writeFile(mark(owner));
    await file.sync();
  } catch (error) {
    await rm(toFsPath(path), { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function beside(lock: string, owner: string): string {
  return `${lock}.bulwark-${owner}`;
}

function mark(owner: string): string {
  return `bulwark restore ${owner}\n`;
}
