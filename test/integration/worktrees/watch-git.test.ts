import assert from 'node:assert/strict';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { discover } from '../../../agent/worktrees/discovery';
import { watchGit, type GitChange, type GitWatch } from '../../../agent/worktrees/watch-git';
import { Sandbox } from './sandbox';
import { until } from './until';

describe('watching git’s own files', () => {
  let box: Sandbox;
  let watch: GitWatch | null = null;
  let changes: GitChange[] = [];

  beforeEach(() => {
    box = new Sandbox();
    box.repository('repo');
    box.run('repo', 'worktree', 'add', '-q', '../linked');
    changes = [];
  });
  afterEach(async () => {
    await watch?.close();
    box.remove();
  });

  async function start(name: string): Promise<void> {
    const found = await discover(box.git, box.path(name));
    if (found.kind !== 'repository') assert.fail();
    const worktree = found.worktrees.find(({ path }) => path === box.path(name)) ?? assert.fail();
    watch = await watchGit({
      worktree,
      onChange: (change) => changes.push(change),
      clock: systemClock,
      log: silentLog,
    });
    assert.equal(watch.mode, 'native');
  }

  async function tells(what: string, act: () => unknown): Promise<void> {
    await watch?.settle();
    changes = [];
    act();
    await until(() => changes.length > 0, `word of ${what}`);
  }

  for (const name of ['repo', 'linked'])
    it(`tells of commits, checkouts, staging, stashes and merges in ${name}`, async () => {
      await start(name);
      await tells('a commit', () => box.commit(name, 'file', 'two\n'));
      await tells('a second commit', () => box.commit(name, 'file', 'three\n'));
      await tells('a checkout', () => box.run(name, 'checkout', '-q', '-b', `new/${name}`));
      await tells('a commit on a nested branch', () => box.commit(name, 'file', 'four\n'));
      await tells('the branch set from elsewhere', () =>
        box.run('.', '-C', 'repo', 'update-ref', `refs/heads/new/${name}`, 'main'),
      );
      box.write(`${name}/file`, 'five\n');
      await tells('staging', () => box.run(name, 'add', 'file'));
      await tells('a stash', () => box.run(name, 'stash', '-q'));
      await tells('packed refs', () => box.run(name, 'pack-refs', '--all'));
    });

  it('tells when worktrees come and go', async () => {
    await start('repo');
    await tells('a new worktree', () => box.run('repo', 'worktree', 'add', '-q', '../more'));
    assert.ok(changes.some(({ worktrees }) => worktrees));
    await tells('one less', () => box.run('repo', 'worktree', 'remove', '../more'));
    assert.ok(changes.some(({ worktrees }) => worktrees));
  });

  it('says nothing when only a lock came and went, or nothing happened', async () => {
    await start('repo');
    await watch?.settle();
    changes = [];
    box.write('repo/.git/index.lock', '');
    box.shell('rm repo/.git/index.lock');
    await watch?.settle();
    assert.deepEqual(changes, []);
  });
});
