import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { BulwarkError, errnoOf, fileError } from '../support/errors';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the final zero. */
const MAX_SOCKET_PATH_BYTES = 103;
const OTHERS = 0o077;
const SOCKET_NAME = /^agent-[0-9a-f]{8}\.sock$/;

/** Where sockets can be put, beside the agent's own folder. */
export interface SocketFolders {
  readonly home: string;
  /** `XDG_RUNTIME_DIR`, or undefined. */
  readonly runtimeDir: string | undefined;
  /** The folder for temporary files. */
  readonly tmpDir: string;
}

/**
 * A new address for the agent to listen on: a socket in a folder that nobody else can enter, or a
 * named pipe on Windows. Each agent has an address of its own, so that one that leaves cannot take
 * away the socket of the one that follows.
 * @throws `path-refused` when the folder is a link, belongs to somebody else, or is open to others
 */
export async function prepareSocket(folders: SocketFolders): Promise<string> {
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\bulwark-${randomBytes(16).toString('hex')}`;
  const name = `agent-${randomBytes(4).toString('hex')}.sock`;
  const folder = chooseFolder(folders, name);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw fileError(error, folder);
  });
  await makePrivate(folder);
  await removeStaleSockets(folder);
  return join(folder, name);
}

/** The first folder in which the path of a socket is not too long for the system. */
function chooseFolder({ home, runtimeDir, tmpDir }: SocketFolders, name: string): string {
  const key = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const uid = process.getuid?.() ?? 0;
  const candidates = [
    join(home, 'run'),
    ...(runtimeDir === undefined || runtimeDir === '' ? [] : [join(runtimeDir, `bulwark-${key}`)]),
    join(tmpDir, `bulwark-${uid}-${key}`),
    join('/tmp', `bulwark-${uid}-${key}`),
  ];
  const fits = candidates.find(
    (folder) => Buffer.byteLength(join(folder, name)) <= MAX_SOCKET_PATH_BYTES,
  );
  if (fits !== undefined) return fits;
  throw new BulwarkError('path-refused', `no folder for a socket with a path short enough`, {
    hint: 'Set BULWARK_HOME to a folder with a shorter path.',
    details: { path: home },
  });
}

/** Makes a folder for this user alone; one that is there already must be one. */
async function makePrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw fileError(error, folder);
  }
  const stat = await lstat(folder);
  if (stat.isSymbolicLink()) throw refused(folder, 'it is a link');
  if (!stat.isDirectory()) throw refused(folder, 'it is no folder');
  if (stat.uid !== process.getuid?.()) throw refused(folder, 'it belongs to somebody else');
  if ((stat.mode & OTHERS) !== 0) throw refused(folder, 'others can enter it');
}

function refused(folder: string, why: string): BulwarkError {
  return new BulwarkError('path-refused', `${folder} is not safe for the agent's socket: ${why}`, {
    hint: 'Remove it, or make it yours alone (chmod 700), then start the agent again.',
    details: { path: folder },
  });
}

/** Removes the sockets of agents that were killed: nobody answers there. */
async function removeStaleSockets(folder: string): Promise<void> {
  const names = await readdir(folder);
  const stale = names.filter((name) => SOCKET_NAME.test(name)).map((name) => join(folder, name));
  await Promise.all(
    stale.map(async (path) => {
      if (await isDead(path)) await rm(path, { force: true });
    }),
  );
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection({ path });
    connection.once('connect', () => {
      connection.destroy();
      resolve(false);
    });
    connection.once('error', (error) => resolve(errnoOf(error) === 'ECONNREFUSED'));
  });
}
