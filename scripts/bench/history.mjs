import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
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
 * Everything that differs in these commits' files, each content once, compressed as the store does it,
 * in one stream: the least that a copy of it takes.
 *
 * @returns {Promise<number>} bytes
 */
export async function compressedCopy({ repository, commits, file }) {
  const objects = new Set();
  for (const commit of commits)
    for (const line of git(repository, 'ls-tree', '-r', commit).split('\n')) {
      const [, type, id] = line.split(/\s/);
      if (type === 'blob') objects.add(id);
    }
  const command = `git cat-file --batch='' --buffer | zstd -3 -q -f -o "$0"`;
  const { status } = spawnSync('sh', ['-c', command, file], {
    cwd: repository,
    input: `${[...objects].join('\n')}\n`,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  if (status !== 0)
    throw new CannotRun('zstd is needed for one compressed copy: apt-get install zstd');
  const { length } = await readFile(file);
  await rm(file);
  return length;
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
