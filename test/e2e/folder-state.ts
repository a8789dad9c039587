import { createHash } from 'node:crypto';
import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Everything in a folder: relative path to what is there, so that two states can be compared. */
export type FolderState = Readonly<Record<string, string>>;

/**
 * Reads a folder byte for byte: files with their hash and permissions, links with their target,
 * folders by their being there. `.git` at the top is left out.
 */
export async function folderState(root: string): Promise<FolderState> {
  const state: Record<string, string> = {};
  await read(root, '', state);
  return Object.fromEntries(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function read(root: string, folder: string, state: Record<string, string>): Promise<void> {
  for (const name of await readdir(join(root, folder))) {
    if (folder === '' && name === '.git') continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const stat = await lstat(join(root, path));
    if (stat.isDirectory()) {
      state[path] = 'folder';
      await read(root, path, state);
    } else if (stat.isSymbolicLink()) {
      state[path] = `link to ${await readlink(join(root, path))}`;
    } else {
      const bytes = await readFile(join(root, path));
      const mode = (stat.mode & 0o777).toString(8);
      state[path] = `${mode} ${createHash('sha256').update(bytes).digest('hex')}`;
    }
  }
}
