import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes the agent's home, with the folders above it, for this user alone. Not by a recursive
 * `mkdir`, which never ends where the system denies that a folder is there that it cannot make
 * (below `/proc`).
 * @throws what the file system threw
 */
export async function makeHome(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if (parent === path || (await isFolder(parent))) throw error;
    await makeHome(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
