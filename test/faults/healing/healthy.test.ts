import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { printOf } from '../../../agent/healing/workbench/durable-files';
import { systemClock } from '../../../agent/support/clock';
import { DoctorWorld } from '../../support/doctor-world';
import { git } from '../../support/git-inventory';
import { makeLab } from '../../support/git-lab';
import { HEALTHY_STATES } from '../../support/git-states';

/** How often each state is looked at; more when asked for, as `npm run campaign:git` does. */
const FULL = process.env['BULWARK_CAMPAIGN'] === 'full';
const TIMES = FULL ? 100 : 3;

interface State {
  readonly name: string;
  /** @returns what is looked at, and what ends the state */
  make(
    root: string,
  ):
    | string
    | { path: string; end: () => Promise<void> }
    | Promise<{ path: string; end: () => Promise<void> }>;
}

const STATES: readonly State[] = [
  { name: 'work in four worktrees', make: (root) => makeLab(root, 'main', 'staged').repo },
  {
    name: 'a rebase that stopped in a conflict',
    make: (root) => makeLab(root, 'linked', 'rebase').target,
  },
  {
    name: 'a bare repository with worktrees',
    make: (root) => {
      const bare = join(root, 'app.git');
      git(root, 'clone', '-q', '--bare', makeLab(root, 'main', 'dirty').repo, bare);
      git(bare, 'worktree', 'add', '-q', join(root, 'tree'), 'other');
      return join(root, 'tree');
    },
  },
  {
    name: 'a .git that is meant to be bare',
    make: (root) => {
      const folder = join(root, 'app2');
      mkdirSync(folder);
      git(root, 'clone', '-q', '--bare', makeLab(root, 'main', 'dirty').repo, join(folder, '.git'));
      git(join(folder, '.git'), 'worktree', 'add', '-q', join(folder, 'tree'), 'other');
      return join(folder, 'tree');
    },
  },
  {
    name: 'a split index in order',
    make: (root) => {
      const { repo } = makeLab(root, 'main', 'staged');
      git(repo, 'update-index', '--split-index');
      return repo;
    },
  },
  { name: 'a shallow clone', make: (root) => clone(root, '--depth', '1') },
  {
    name: 'a partial clone',
    make: (root) => {
      git(makeLab(root, 'main', 'dirty').repo, 'config', 'uploadpack.allowFilter', 'true');
      git(root, 'clone', '-q', '--filter=blob:none', `file://${join(root, 'app')}`, 'copy');
      return join(root, 'copy');
    },
  },
  {
    name: 'a sparse checkout',
    make: (root) => {
      const copy = clone(root);
      git(copy, 'sparse-checkout', 'set', '--no-cone', '/a.txt');
      return copy;
    },
  },
  {
    name: 'pointers of LFS',
    make: (root) => {
      const copy = clone(root);
      writeFileSync(join(copy, '.gitattributes'), '*.bin filter=lfs -text\n');
      writeFileSync(
        join(copy, 'big.bin'),
        `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12\n`,
      );
      git(copy, 'add', '.');
      return copy;
    },
  },
  {
    name: 'submodules',
    make: (root) => {
      const copy = clone(root);
      git(copy, 'submodule', '--quiet', 'add', `file://${join(root, 'app')}`, 'module');
      return copy;
    },
  },
  { name: 'a commit that waits for its editor', make: (root) => waiting(root, 'main') },
  {
    name: 'a lock that a slow git holds',
    make: async (root) => {
      const found = await waiting(root, 'linked');
      const old = Date.now() / 1000 - 3600;
      for (const name of readdirSync(found.gitDir))
        if (name.endsWith('.lock')) utimesSync(join(found.gitDir, name), old, old);
      return found;
    },
  },
];

/** As often is each of the combined states looked at; together more than a thousand times. */
const TIMES_EACH = FULL ? 5 : 2;
/** Of the combined states, when nobody asks for all: each twentieth. */
const COMBINED = HEALTHY_STATES.filter((_, at) => FULL || at % 20 === 7);

describe('a healthy repository', function () {
  this.timeout(600_000);
  let world: DoctorWorld;
  let number = 0;

  beforeEach(async () => {
    world = await DoctorWorld.open();
  });
  afterEach(() => world.close());

  const lookAt = async (state: State, times: number): Promise<void> => {
    const root = join(world.root, `state-${String((number += 1))}`);
    mkdirSync(root);
    const made = await state.make(root);
    const { path, end } = typeof made === 'string' ? { path: made, end: undefined } : made;
    try {
      await world.protection.protect(path, {});
      const before = await stockOf(root);
      for (let time = 0; time < times; time++) {
        const { healthy, faults } = await world.examine(path, true);
        const broken = faults.filter(({ offered }) => !offered);
        assert.deepEqual(
          broken.map(({ message }) => message),
          [],
        );
        assert.equal(healthy, true);
      }
      assert.equal(await stockOf(root), before);
      assert.deepEqual(await world.attempts.list(), []);
    } finally {
      await end?.();
    }
  };

  for (const state of STATES) it(`is never touched: ${state.name}`, () => lookAt(state, TIMES));
  for (const state of COMBINED)
    it(`is never touched: ${state.name}`, () => lookAt(state, TIMES_EACH));

  it('comes in two hundred states', () => {
    assert.ok(HEALTHY_STATES.length + STATES.length >= 200);
    const names = new Set([...HEALTHY_STATES, ...STATES].map(({ name }) => name));
    assert.equal(names.size, HEALTHY_STATES.length + STATES.length);
  });
});

function clone(root: string, ...options: string[]): string {
  const { repo } = makeLab(root, 'main', 'dirty');
  git(root, 'clone', '-q', ...options, `file://${repo}`, 'copy');
  return join(root, 'copy');
}

/** A commit whose editor does not end until it is told to. */
async function waiting(
  root: string,
  where: 'main' | 'linked',
): Promise<{ path: string; gitDir: string; end: () => Promise<void> }> {
  const { target, gitDir } = makeLab(root, where, 'staged');
  const editor = join(root, 'editor.sh');
  const open = join(root, 'open');
  writeFileSync(editor, `#!/bin/sh\n: > ${open}\nexec sleep 600\n`);
  chmodSync(editor, 0o755);
  const child: ChildProcess = spawn('git', ['commit', '-a'], {
    cwd: target,
    env: { ...process.env, GIT_EDITOR: editor },
    stdio: 'ignore',
    detached: true,
  });
  while (!existsSync(open)) await systemClock.sleep(10);
  return {
    path: target,
    gitDir,
    end: async () => {
      const gone = once(child, 'exit');
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await gone;
    },
  };
}

/** Names, contents and times of everything below a folder. */
async function stockOf(root: string): Promise<string> {
  const times: string[] = [];
  const visit = (path: string): void => {
    const { mtimeNs, ino, mode } = lstatSync(path, { bigint: true });
    // Git sets the time of a shared index whenever it reads one, so that it does not expire.
    const time = path.includes('/sharedindex.') ? 'any' : String(mtimeNs);
    times.push([path, time, ino, mode].map(String).join(' '));
    if (lstatSync(path).isDirectory())
      for (const name of readdirSync(path)) visit(join(path, name));
  };
  visit(root);
  return `${String(await printOf(root))}\n${times.join('\n')}`;
}
