import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { firstLine, runMeasured } from './measure.mjs';

const PASSWORD = 'bench';

/**
 * Another program, with a fresh store in `home`. All of its state is there.
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} store what counts for its size
 * @property {() => Promise<void>} init
 * @property {(tree: string) => Promise<import('./measure.mjs').Cost>} backup
 * @property {(tree: string, to: string) => Promise<import('./measure.mjs').Cost & { root: string }>} restore
 *   into an empty folder; `root` is where the tree is then
 * @property {() => Promise<import('./measure.mjs').Cost>} verify reads everything back
 */

/** The tools that are there: name, version, settings, and how to make one. */
export function installedTools() {
  const candidates = [
    { name: 'restic', version: firstLine('restic', ['version']), note: 'defaults', make: restic },
    {
      name: 'borg',
      version: firstLine('borg', ['--version']),
      note: 'repokey-blake2, zstd,3',
      make: borg,
    },
    {
      name: 'kopia',
      version: firstLine('kopia', ['--version']),
      note: 'zstd, defaults otherwise',
      make: kopia,
    },
    {
      name: 'git',
      version: firstLine('git', ['--version']),
      note: 'add -A + write-tree, no encryption',
      make: git,
    },
  ];
  return candidates.filter(({ version }) => version !== null);
}

/** @returns {Tool} */
function restic(home) {
  const store = path.join(home, 'repo');
  const env = { RESTIC_PASSWORD: PASSWORD, RESTIC_REPOSITORY: store };
  const run = (cwd, ...args) =>
    runMeasured(['restic', '--cache-dir', path.join(home, 'cache'), '-q', ...args], { cwd, env });
  return {
    name: 'restic',
    store,
    init: async () => void (await run(home, 'init')),
    backup: (tree) => run(tree, 'backup', tree),
    restore: async (tree, to) => {
      const cost = await run(home, 'restore', 'latest', '--path', tree, '--target', to);
      return { ...cost, root: path.join(to, tree) };
    },
    verify: () => run(home, 'check', '--read-data'),
  };
}

/** @returns {Tool} */
function borg(home) {
  const store = path.join(home, 'repo');
  const env = { BORG_PASSPHRASE: PASSWORD, BORG_BASE_DIR: home, BORG_REPO: store };
  const run = (cwd, ...args) => runMeasured(['borg', ...args], { cwd, env });
  let last = 0;
  return {
    name: 'borg',
    store,
    init: async () => void (await run(home, 'init', '--encryption', 'repokey-blake2')),
    backup: (tree) =>
      // ctime,size,inode are borg's defaults; they are the same checks as Bulwark's.
      run(tree, 'create', '--compression', 'zstd,3', `::a${(last += 1)}`, '.'),
    restore: async (_tree, to) => ({ ...(await run(to, 'extract', `::a${last}`)), root: to }),
    verify: () => run(home, 'check', '--verify-data'),
  };
}

/** @returns {Tool} */
function kopia(home) {
  const store = path.join(home, 'repo');
  const env = {
    KOPIA_PASSWORD: PASSWORD,
    KOPIA_CONFIG_PATH: path.join(home, 'kopia.config'),
    KOPIA_CACHE_DIRECTORY: path.join(home, 'cache'),
    KOPIA_LOG_DIR: path.join(home, 'logs'),
    KOPIA_CHECK_FOR_UPDATES: 'false',
  };
  const run = (cwd, ...args) => runMeasured(['kopia', ...args], { cwd, env });
  return {
    name: 'kopia',
    store,
    init: async () => {
      await mkdir(store);
      await run(home, 'repository', 'create', 'filesystem', '--path', store);
      await run(home, 'policy', 'set', '--global', '--compression', 'zstd');
    },
    backup: (tree) => run(tree, 'snapshot', 'create', '--no-progress', tree),
    restore: async (tree, to) => ({ ...(await run(home, 'restore', tree, to)), root: to }),
    verify: () => run(home, 'snapshot', 'verify', '--verify-files-percent=100'),
  };
}

/** @returns {Tool} */
function git(home) {
  const store = path.join(home, 'objects.git');
  const index = path.join(home, 'index');
  // The tree has no .git of its own and stays without one.
  const env = {
    GIT_DIR: store,
    GIT_INDEX_FILE: index,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const run = (tree, ...args) =>
    runMeasured(['git', '-c', 'core.bare=false', '-c', 'gc.auto=0', ...args], {
      cwd: tree,
      env: { ...env, GIT_WORK_TREE: tree },
    });
  return {
    name: 'git',
    store,
    init: async () =>
      void (await runMeasured(['git', 'init', '-q', '--bare', store], { cwd: home })),
    backup: async (tree) => {
      const add = await run(tree, 'add', '-A', '-f', '.');
      const write = await run(tree, 'write-tree');
      return { ms: add.ms + write.ms, peakBytes: Math.max(add.peakBytes, write.peakBytes) };
    },
    restore: async (tree, to) => ({
      ...(await run(tree, 'checkout-index', '-a', '-f', `--prefix=${to}/`)),
      root: to,
    }),
    verify: () => run(home, 'fsck', '--full', '--no-dangling', '--no-progress'),
  };
}
