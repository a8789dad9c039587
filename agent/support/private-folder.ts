import { chmod, stat } from 'node:fs/promises';
import { BulwarkError, fileError } from './errors';

/** Permission bits that let the group, or everybody, put files into a folder. */
const GROUP_WRITES = 0o020;
const ALL_WRITE = 0o002;

/**
 * Makes sure that nobody but this user can put files into a folder: what lies in the agent's home
 * is trusted, commands included. Where just the user's own first group may, which many systems give
 * to each user and to every new folder, that is taken back. On Windows the profile folder is the fence.
 * @throws BulwarkError `path-refused`, `path-missing`
 */
export async function requireOwnFolder(path: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  if (found.uid !== uid) throw refused(path, 'it belongs to somebody else');
  const { mode, gid } = found;
  const isOwnGroup = gid === process.getgid?.();
  if ((mode & ALL_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && !isOwnGroup))
    throw refused(path, 'others can write into it');
  if ((mode & GROUP_WRITES) !== 0) await chmod(path, mode & 0o7777 & ~GROUP_WRITES);
}

function refused(path: string, why: string): BulwarkError {
  return new BulwarkError('path-refused', `${path} cannot hold the agent's state: ${why}`, {
    hint: 'Make it yours alone (chmod 700), look at what is in it, then start the agent again.',
    details: { path },
  });
}
