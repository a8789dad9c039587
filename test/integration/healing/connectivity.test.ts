import assert from 'node:assert/strict';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { connectivity, missingIn, missingInLogs } from '../../../agent/healing/git/connectivity';
import { discover } from '../../../agent/worktrees/discovery';
import { Sandbox } from '../worktrees/sandbox';

describe('what git misses', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
    box.repository('repo');
  });
  afterEach(() => box.remove());

  async function lines(): Promise<readonly string[]> {
    const found = await discover(box.git, box.path('repo'));
    assert.ok(found.kind === 'repository');
    const [main] = found.worktrees;
    assert.ok(main !== undefined);
    return (await connectivity(box.git, main)) ?? [];
  }

  function lose(id: string): void {
    const path = join(box.path('repo'), '.git', 'objects', id.slice(0, 2), id.slice(2));
    rmSync(path, { force: true });
  }

  it('is nothing while all is there', async () => {
    assert.deepEqual(missingIn(await lines()), []);
  });

  it('is also the commit that only a detached worktree is at', async () => {
    box.run('repo', 'worktree', 'add', '-q', '--detach', box.path('away'));
    box.commit('away', 'away.txt', 'only here\n');
    const id = box.run('away', 'rev-parse', 'HEAD').trim();
    lose(id);
    assert.deepEqual(missingIn(await lines()), [id]);
  });

  it('is not what only a log names, which is told apart', async () => {
    box.commit('repo', 'given-up.txt', 'a commit that was given up\n');
    const id = box.run('repo', 'rev-parse', 'HEAD').trim();
    box.run('repo', 'reset', '-q', '--hard', 'HEAD~1');
    lose(id);
    const told = await lines();
    assert.deepEqual(missingIn(told), []);
    assert.deepEqual(missingInLogs(told), [id]);
  });
});
