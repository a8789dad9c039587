import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, cp, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

const PACKAGE = 'linux-source-6.1';
const ARCHIVE = `/usr/src/${PACKAGE}.tar.xz`;

/** A reason for which the benchmark cannot run, told without a stack. */
export class CannotRun extends Error {}

/**
 * The tree of the published figures: Debian's kernel sources, unpacked once.
 *
 * @returns {Promise<string>} its folder
 */
export async function defaultTree() {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const folder = path.join(cache, 'bulwark-bench', PACKAGE);
  if (existsSync(folder)) return folder;
  if (!existsSync(ARCHIVE))
    throw new CannotRun(
      `${ARCHIVE} is not there. Install it (apt-get install ${PACKAGE}), or name a tree: ` +
        'npm run bench -- --tree DIR',
    );
  console.error(`Unpacking ${ARCHIVE} to ${folder}`);
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const tar = ['-xJf', ARCHIVE, '--strip-components=1', '-C', partial];
  if (spawnSync('tar', tar, { stdio: 'inherit' }).status !== 0)
    throw new CannotRun(`${ARCHIVE} cannot be unpacked`);
  await rename(partial, folder);
  return folder;
}

/** Copies a tree without its `.git`: only the copy is ever changed. */
export async function copyTree(from, to) {
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name === '.git') continue;
    const args = ['-a', '--', path.join(from, name), `${to}${path.sep}`];
    if (spawnSync('cp', args, { stdio: 'inherit' }).status !== 0)
      throw new CannotRun(`${from} cannot be copied`);
  }
}

/** A tree's regular files as sorted relative paths, and their bytes. */
export async function measureTree(root) {
  const files = [];
  let bytes = 0;
  const walk = async (folder) => {
    for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
      const relative = path.join(folder, entry.name);
      if (entry.isDirectory()) await walk(relative);
      else if (entry.isFile()) {
        files.push(relative);
        bytes += (await lstat(path.join(root, relative))).size;
      }
    }
  };
  await walk('');
  return { files: files.sort(), bytes };
}

/** Reads a tree, so that the system has it in memory. */
export async function warm(root, files) {
  for (const file of files) await readFile(path.join(root, file));
}

/** Makes a tree of `files` of another one. */
export async function sampleTree(root, files, to) {
  for (const file of files) {
    await mkdir(path.dirname(path.join(to, file)), { recursive: true });
    await cp(path.join(root, file), path.join(to, file), { preserveTimestamps: true });
  }
}

/** `count` files, spread evenly over the tree; `turn` shifts which. */
export function spread(files, count, turn) {
  const step = files.length / count;
  const shift = (turn * 7919) % Math.max(1, Math.floor(step));
  return Array.from({ length: count }, (_, i) => files[Math.floor(i * step) + shift]);
}

/** Changes files as an editor would: a line more. */
export async function changeFiles(root, files, mark) {
  for (const file of files) await appendFile(path.join(root, file), `/* ${mark} */\n`);
}

/** Fails unless `copy` holds the same bytes as `root` in `files`. */
export async function expectSame(root, copy, files, who) {
  for (const file of files) {
    const [a, b] = await Promise.all([
      readFile(path.join(root, file)),
      readFile(path.join(copy, file)),
    ]);
    if (!a.equals(b)) throw new Error(`${who} restored other bytes: ${file}`);
  }
}
