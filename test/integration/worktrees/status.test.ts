import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { BulwarkError } from '../../../agent/support/errors';
import { discover } from '../../../agent/worktrees/discovery';
import { headOf } from '../../../agent/worktrees/head';
import { readStatus, type WorktreeStatus } from '../../../agent/worktrees/status';
import type { Worktree } from '../../../agent/worktrees/worktree';
import { Sandbox } from './sandbox';

describe('the state of a worktree', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
    box.repository('repo');
  });
  afterEach(() => box.remove());

  async function worktreeAt(name: string): Promise<Worktree> {
    const found = await discover(box.git, box.path('repo'));
    if (found.kind !== 'repository') assert.fail();
    const one = found.worktrees.find(({ path }) => path === box.path(name));
    return one ?? assert.fail();
  }

  async function status(name = 'repo'): Promise<WorktreeStatus> {
    return await readStatus(box.git, await worktreeAt(name));
  }

  /** Two branches that change the same line. */
  function diverge(): void {
    box.run('repo', 'checkout', '-q', '-b', 'other');
    box.commit('repo', 'file', 'theirs\n');
    box.run('repo', 'checkout', '-q', 'main');
    box.commit('repo', 'file', 'ours\n');
  }

  it('is clean after a commit', async () => {
    assert.deepEqual(await status(), {
      branch: 'main',
      head: box.run('repo', 'rev-parse', 'HEAD').trim(),
      state: 'clean',
      staged: 0,
      unstaged: 0,
      untracked: 0,
      conflicted: 0,
    });
  });

  it('counts staged, unstaged and untracked files, each file of a new folder too', async () => {
    box.write('repo/staged', '');
    box.run('repo', 'add', 'staged');
    box.write('repo/file', 'changed\n');
    mkdirSync(box.path('repo/new folder'));
    box.write('repo/new folder/a\nb', '');
    box.write('repo/new folder/c', '');
    const { state, staged, unstaged, untracked } = await status();
    assert.deepEqual(
      { state, staged, unstaged, untracked },
      {
        state: 'dirty',
        staged: 1,
        unstaged: 1,
        untracked: 2,
      },
    );
  });

  it('counts what the branch is ahead and behind', async () => {
    box.run('.', 'clone', '-q', 'repo', 'clone');
    box.commit('repo', 'file', 'two\n');
    box.commit('clone', 'mine', '1');
    box.commit('clone', 'mine', '2');
    box.run('clone', 'fetch', '-q');
    const found = await discover(box.git, box.path('clone'));
    if (found.kind !== 'repository' || found.worktrees[0] === undefined) assert.fail();
    const { upstream } = await readStatus(box.git, found.worktrees[0]);
    assert.deepEqual(upstream, { ahead: 2, behind: 1 });
  });

  it('is unborn before the first commit', async () => {
    box.run('repo', 'checkout', '-q', '--orphan', 'fresh');
    const { state, branch, head } = await status();
    assert.deepEqual({ state, branch, head }, { state: 'unborn', branch: 'fresh', head: null });
  });

  it('is merging in a merge conflict', async () => {
    diverge();
    box.runConflicting('repo', 'merge', 'other');
    const { state, conflicted } = await status();
    assert.deepEqual({ state, conflicted }, { state: 'merging', conflicted: 1 });
  });

  it('is rebasing where a rebase stopped, without a branch', async () => {
    diverge();
    box.runConflicting('repo', 'rebase', 'other');
    const { state, branch } = await status();
    assert.deepEqual({ state, branch }, { state: 'rebasing', branch: null });
  });

  it('is cherry-picking or reverting where that stopped, also in a linked worktree', async () => {
    diverge();
    box.run('repo', 'worktree', 'add', '-q', '--detach', '../linked');
    box.runConflicting('linked', 'cherry-pick', 'other');
    assert.equal((await status('linked')).state, 'cherry-picking');
    assert.equal((await status()).state, 'clean');
    box.run('linked', 'cherry-pick', '--abort');
    box.runConflicting('linked', 'revert', 'other');
    assert.equal((await status('linked')).state, 'reverting');
  });

  it('is bisecting', async () => {
    box.commit('repo', 'file', 'two\n');
    box.run('repo', 'bisect', 'start', '-q');
    assert.equal((await status()).state, 'bisecting');
  });

  it('is conflicted when a stash did not apply', async () => {
    box.write('repo/file', 'stashed\n');
    box.run('repo', 'stash', '-q');
    box.commit('repo', 'file', 'two\n');
    box.runConflicting('repo', 'stash', 'pop');
    assert.equal((await status()).state, 'conflicted');
  });

  it('is missing when the folder is gone, and still knows the branch', async () => {
    box.run('repo', 'worktree', 'add', '-q', '../linked');
    rmSync(box.path('linked'), { recursive: true });
    const { state, branch } = await status('linked');
    assert.deepEqual({ state, branch }, { state: 'missing', branch: 'linked' });
  });

  it('is unreadable, never that of the outer repository, when .git is lost', async () => {
    box.run('repo', 'worktree', 'add', '-q', 'nested');
    const before = await worktreeAt('repo/nested');
    rmSync(box.path('repo/nested/.git'));
    for (const worktree of [before, await worktreeAt('repo/nested')]) {
      const { state, branch, problem } = await readStatus(box.git, worktree);
      assert.deepEqual({ state, branch }, { state: 'unreadable', branch: 'nested' });
      assert.equal(problem, 'its .git is gone');
    }
  });

  it('is unreadable, with git’s own words, when the index is garbage', async () => {
    box.write('repo/.git/index', 'garbage');
    const { state, problem } = await status();
    assert.equal(state, 'unreadable');
    assert.match(problem ?? '', /index file/);
  });

  it('can be cancelled', async () => {
    const worktree = await worktreeAt('repo');
    await assert.rejects(
      readStatus(box.git, worktree, AbortSignal.abort()),
      (error) => error instanceof BulwarkError && error.reason === 'cancelled',
    );
  });

  it('knows HEAD without git: branch, packed branch, detached, unborn, damaged', async () => {
    const commit = box.run('repo', 'rev-parse', 'HEAD').trim();
    const place = { gitDir: box.path('repo/.git'), commonDir: box.path('repo/.git') };
    const onMain = { kind: 'branch', ref: 'refs/heads/main', commit };
    assert.deepEqual(await headOf(place), onMain);
    box.run('repo', 'pack-refs', '--all');
    assert.deepEqual(await headOf(place), onMain);
    box.run('repo', 'checkout', '-q', '--detach');
    assert.deepEqual(await headOf(place), { kind: 'detached', commit });
    box.run('repo', 'checkout', '-q', '--orphan', 'a/b');
    assert.deepEqual(await headOf(place), { kind: 'branch', ref: 'refs/heads/a/b', commit: null });
    box.write('repo/.git/HEAD', 'ref: ../../etc/passwd\n');
    assert.deepEqual(await headOf(place), { kind: 'unreadable' });
  });
});
