import { open, readFile, unlink } from 'node:fs/promises';
import { BulwarkError, errnoOf } from '../../support/errors';
import { displayName, toFsPath } from '../../support/names';

/**
 * Takes git's own lock of an index, so that no git writes it meanwhile.
 * @throws BulwarkError `busy` when somebody holds it
 */
export async function holdIndex(lock: string, owner: string): Promise<void> {
  try {
    const file = await open(toFsPath(lock), 'wx', 0o600);
    try {
      await file.writeFile(mark(owner));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw new BulwarkError('busy', `git is at work here: ${displayName(lock)} is there`, {
      hint: 'Wait until git is done (or has closed its editor), then try again.',
      details: { path: lock },
    });
  }
}

/** Lets go of a lock that `owner` holds; one of somebody else is left alone. */
export async function releaseLock(lock: string, owner: string): Promise<void> {
  try {
    if ((await readFile(toFsPath(lock), 'utf8')) === mark(owner)) await unlink(toFsPath(lock));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function mark(owner: string): string {
  return `bulwark restore ${owner}\n`;
}
