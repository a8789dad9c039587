import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CannotRun } from './tree.mjs';

/** The newest commits of a repository's first parents, oldest first. */
export function commitsOf(repository, count) {
  const list = git(repository, 'rev-list', '--first-parent', `--max-count=${count}`, 'HEAD');
  return list.trim().split('\n').reverse();
}

/**
 * Replays a history: before each call of `seen` the folder holds what its commit holds.
 *
 * @param {{ repository: string, commits: readonly string[], folder: string }} options `folder` is made
 * @param {() => Promise<void>} seen
 */
export async function replay({ repository, commits, folder }, seen) {
  await mkdir(folder);
  const index = `${folder}.index`;
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: folder };
  const gitDir = git(repository, 'rev-parse', '--absolute-git-dir').trim();
  const run = (...args) => git(folder, `--git-dir=${gitDir}`, ...args, env);
  try {
    let last = null;
    for (const commit of commits) {
      // Only what differs from the commit before is written, as a checkout does it.
      run('read-tree', '-m', '-u', ...(last === null ? [commit] : [last, commit]));
      last = commit;
      await seen();
    }
  } finally {
    await rm(index, { force: true });
  }
}

/**
 * Everything that differs in these commits' files, each content once, compressed as the store does it:
 * each by itself, which is the least for a store whose contents can be read one by one, and all in one
 * stream, the least that a copy of it takes.
 *
 * @returns {Promise<{ apart: number, stream: number }>} bytes
 */
export async function compressedCopies({ repository, commits, file }) {
  const objects = new Set();
  for (const commit of commits)
    for (const line of git(repository, 'ls-tree', '-r', commit).split('\n')) {
      const [, type, id] = line.split(/\s/);
      if (type === 'blob') objects.add(id);
    }
  const contents = contentsOf(repository, [...objects]);
  const [all, out] = [`${file}.all`, `${file}.zst`];
  try {
    await writeFile(all, Buffer.concat(contents));
    zstd('-o', out, all);
    const stream = (await stat(out)).size;
    const folder = `${file}.apart`;
    await mkdir(folder);
    for (const [at, content] of contents.entries())
      await writeFile(path.join(folder, String(at)), content);
    zstd('-r', '--rm', folder);
    let apart = 0;
    for (const name of await readdir(folder)) apart += (await stat(path.join(folder, name))).size;
    return { apart, stream };
  } finally {
    for (const made of [all, out, `${file}.apart`])
      await rm(made, { recursive: true, force: true });
  }
}

function contentsOf(repository, ids) {
  const { stdout, status } = spawnSync('git', ['cat-file', '--batch', '--buffer'], {
    cwd: repository,
    input: `${ids.join('\n')}\n`,
    maxBuffer: 2 ** 31,
  });
  if (status !== 0) throw new CannotRun('git cannot read the contents of the history');
  const contents = [];
  for (let at = 0; at < stdout.length;) {
    const end = stdout.indexOf('\n', at);
    const length = Number(stdout.toString('latin1', at, end).split(' ')[2]);
    contents.push(stdout.subarray(end + 1, end + 1 + length));
    at = end + length + 2;
  }
  return contents;
}

function zstd(...args) {
  const { status } = spawnSync('zstd', ['-3', '-q', '-f', ...args], { stdio: 'inherit' });
  if (status !== 0)
    throw new CannotRun('zstd is needed for a compressed copy: apt-get install zstd');
}

function git(cwd, ...args) {
  const env = typeof args.at(-1) === 'object' ? args.pop() : {};
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new CannotRun(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}
