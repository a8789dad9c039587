import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { BulwarkError } from '../../../agent/support/errors';
import {
  freeWorktreeId,
  objectExists,
  registerWorktree,
  setRef,
} from '../../../agent/worktrees/write-git-state';
import { Sandbox } from './sandbox';

describe('writing git’s own files for a restore', () => {
  let box: Sandbox;
  let commonDir: string;
  beforeEach(() => {
    box = new Sandbox();
    box.repository('repo');
    commonDir = box.path('repo/.git');
  });
  afterEach(() => box.remove());

  it('makes a deleted worktree known to git again, with its branch and its staged work', async () => {
    box.run('repo', 'worktree', 'add', '-q', '../linked');
    box.write('linked/file', 'staged\n');
    box.run('linked', 'add', 'file');
    const before = box.run('linked', 'status', '--porcelain');
    cpSync(box.path('repo/.git/worktrees/linked'), box.path('saved'), { recursive: true });
    cpSync(box.path('linked/file'), box.path('saved-file'));
    box.run('repo', 'worktree', 'remove', '--force', '../linked');

    const worktreePath = box.path('linked');
    const id = await freeWorktreeId(commonDir, 'linked');
    const gitDir = await registerWorktree({ commonDir, id, worktreePath });
    for (const name of ['HEAD', 'index']) cpSync(box.path('saved', name), `${gitDir}/${name}`);
    cpSync(box.path('saved-file'), box.path('linked/file'));

    assert.equal(box.run('linked', 'status', '--porcelain'), before);
    assert.equal(box.run('linked', 'branch', '--show-current'), 'linked\n');
    assert.doesNotMatch(box.run('repo', 'worktree', 'list', '--porcelain'), /prunable/);
  });

  it('refuses what is there already, and leaves it as it was', async () => {
    box.run('repo', 'worktree', 'add', '-q', '../linked');
    const dotGit = readFileSync(box.path('linked/.git'), 'utf8');
    await rejects(
      registerWorktree({ commonDir, id: 'other', worktreePath: box.path('linked') }),
      'restore-refused',
    );
    await rejects(
      registerWorktree({ commonDir, id: 'linked', worktreePath: box.path('fresh') }),
      'restore-refused',
    );
    assert.equal(readFileSync(box.path('linked/.git'), 'utf8'), dotGit);
    assert.deepEqual(readdirSync(box.path('repo/.git/worktrees')), ['linked']);
    assert.ok(!existsSync(box.path('fresh')));
  });

  it('takes back what it made when a step fails', async () => {
    box.write('in-the-way', '');
    await rejects(
      registerWorktree({ commonDir, id: 'x', worktreePath: box.path('in-the-way/wt') }),
      'not-a-directory',
    );
    assert.ok(!existsSync(box.path('repo/.git/worktrees/x')));
    assert.deepEqual(
      readdirSync(commonDir).filter((name) => name.startsWith('bulwark')),
      [],
    );
  });

  it('finds a free name that git accepts', async () => {
    box.run('repo', 'worktree', 'add', '-q', '../linked');
    assert.equal(await freeWorktreeId(commonDir, '/some/linked'), 'linked1');
    assert.equal(await freeWorktreeId(commonDir, '/some/with space~x.lock'), 'with-space-x');
    assert.equal(await freeWorktreeId(commonDir, '/some/...'), 'worktree');
  });

  it('moves a ref with a reflog entry, only from where it was seen', async () => {
    const first = box.run('repo', 'rev-parse', 'HEAD').trim();
    const second = box.commit('repo', 'file', 'two\n');
    await setRef(box.git, commonDir, 'refs/heads/back', first, null, 'bulwark: restore');
    await setRef(box.git, commonDir, 'refs/heads/back', second, first, 'bulwark: again');
    assert.equal(box.run('repo', 'rev-parse', 'back').trim(), second);
    assert.match(box.run('repo', 'reflog', 'back'), /bulwark: again[^]*bulwark: restore/);
    await rejects(setRef(box.git, commonDir, 'refs/heads/back', first, first, 'x'), 'git-failed');
    await rejects(setRef(box.git, commonDir, 'refs/heads/back', first, null, 'x'), 'git-failed');
    const absent = '1'.repeat(40);
    await rejects(setRef(box.git, commonDir, 'refs/heads/no', absent, null, 'x'), 'git-failed');
    assert.equal(box.run('repo', 'rev-parse', 'back').trim(), second);
  });

  it('tells whether the repository has an object, and never fetches it', async () => {
    const head = box.run('repo', 'rev-parse', 'HEAD').trim();
    assert.equal(await objectExists(box.git, commonDir, head), true);
    assert.equal(await objectExists(box.git, commonDir, '1'.repeat(40)), false);
    assert.equal(await objectExists(box.git, commonDir, '--batch'), false);
    box.run('repo', 'config', 'uploadpack.allowFilter', 'true');
    box.run(
      '.',
      'clone',
      '-q',
      '--no-checkout',
      '--filter=blob:none',
      `file://${box.path('repo')}`,
      'partial',
    );
    const blob = box.run('repo', 'rev-parse', 'HEAD:file').trim();
    assert.equal(await objectExists(box.git, box.path('partial/.git'), blob), false);
    assert.equal(await objectExists(box.git, commonDir, blob), true);
  });

  it('refuses a folder that is no git directory', async () => {
    mkdirSync(box.path('plain'));
    rmSync(box.path('repo/.git/HEAD'));
    for (const place of [box.path('plain'), commonDir])
      await rejects(objectExists(box.git, place, '1'.repeat(40)), 'not-a-repository');
  });
});

async function rejects(promise: Promise<unknown>, reason: string): Promise<void> {
  await assert.rejects(
    promise,
    (error) => error instanceof BulwarkError && error.reason === reason,
    `must fail with ${reason}`,
  );
}
