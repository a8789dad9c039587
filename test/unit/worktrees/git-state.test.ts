import assert from 'node:assert/strict';
import { gitStateRoots, repositoryInclude } from '../../../agent/worktrees/git-state';
import type { Worktree } from '../../../agent/worktrees/worktree';

function roots(role: 'main' | 'linked'): (path: string) => string {
  const worktree: Worktree = {
    path: '/r',
    gitDir: role === 'main' ? '/r/.git' : '/r/.git/worktrees/x',
    commonDir: '/r/.git',
    role,
    head: { kind: 'unreadable' },
    locked: null,
    prunable: null,
    exists: true,
    sparse: false,
    fault: null,
  };
  const all = gitStateRoots(worktree);
  // A trailing slash stands for a folder.
  return (path) =>
    all
      .filter((root) => root.include(path.replace(/\/$/, ''), path.endsWith('/')))
      .map((root) => root.name)
      .join(' ');
}

describe('what of git’s own files a snapshot holds', () => {
  it('puts what the main worktree has for itself apart from what all share', () => {
    const where = roots('main');
    const expected: Record<string, string> = {
      HEAD: 'worktree',
      index: 'worktree',
      'sharedindex.0123': 'worktree',
      ORIG_HEAD: 'worktree',
      MERGE_MSG: 'worktree',
      BISECT_LOG: 'worktree',
      'config.worktree': 'worktree',
      'rebase-merge/': 'worktree',
      'rebase-merge/git-rebase-todo': 'worktree',
      'sequencer/todo': 'worktree',
      'logs/': 'worktree common',
      'logs/HEAD': 'worktree',
      'logs/refs/stash': 'common',
      'logs/refs/bisect/bad': 'worktree',
      'refs/': 'worktree common',
      'refs/heads/main': 'common',
      'refs/bisect/bad': 'worktree',
      'refs/worktree/x': 'worktree',
      'packed-refs': 'common',
      config: 'common',
      shallow: 'common',
      'info/exclude': 'common',
      'info/sparse-checkout': 'worktree',
      'reftable/tables.list': 'common',
      'objects/': '',
      'hooks/': '',
      'worktrees/': '',
      'modules/': '',
      'lfs/': '',
      'some-tool/': '',
    };
    for (const [path, roots] of Object.entries(expected)) assert.equal(where(path), roots, path);
  });

  it('takes all that a linked worktree has for itself, but no repository of a submodule', () => {
    const where = roots('linked');
    for (const path of [
      'HEAD',
      'index',
      'rebase-apply/',
      'refs/bisect/bad',
      'info/sparse-checkout',
    ])
      assert.match(where(path), /worktree/, path);
    for (const path of ['commondir', 'gitdir', 'locked', 'some-tool/state'])
      assert.equal(where(path), 'worktree', path);
    for (const path of ['modules/', 'modules/x/objects/', 'objects/'])
      assert.equal(where(path), '', path);
  });

  it('never holds locks, half-written objects or the files of a running daemon', () => {
    for (const path of [
      'index.lock',
      'refs/heads/main.lock',
      'gc.pid',
      'objects/12/tmp_obj_abc',
      'objects/pack/tmp_pack_abc',
      'fsmonitor--daemon.ipc',
    ])
      assert.equal(repositoryInclude(path, false), false, path);
    for (const path of ['fsmonitor--daemon', 'objects/tmp_objdir-incoming-1'])
      assert.equal(repositoryInclude(path, true), false, path);
    for (const path of ['objects/12/34', 'objects/pack/pack-1.pack', 'hooks/pre-commit', 'HEAD'])
      assert.equal(repositoryInclude(path, false), true, path);
    assert.equal(roots('linked')('HEAD.lock'), '');
    assert.equal(roots('main')('packed-refs.lock'), '');
  });
});
