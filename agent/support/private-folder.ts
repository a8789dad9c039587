import { stat } from 'node:fs/promises';
import { BulwarkError, fileError } from './errors';

/** Permission bits that let somebody else put files into a folder. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes sure that nobody but this user can put files into a folder: what lies in the agent's home
 * is trusted, commands included. On Windows the profile folder is the fence.
 * @throws BulwarkError `path-refused`, `path-missing`
 */
export async function requireOwnFolder(path: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  if (found.uid !== uid) throw refused(path, 'it belongs to somebody else');
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0) throw refused(path, 'others can write into it');
}

function refused(path: string, why: string): BulwarkError {
  return new BulwarkError('path-refused', `${path} cannot hold the agent's state: ${why}`, {
    hint: 'Make it yours alone (chmod 700), look at what is in it, then start the agent again.',
    details: { path },
  });
}
