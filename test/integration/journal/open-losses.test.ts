import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { JournalWorld, write } from '../../support/journal-world';

describe('a loss that nobody has restored yet', function () {
  this.timeout(60_000);
  const world = new JournalWorld();
  after(() => world.remove());

  const open = async (): Promise<string[]> => {
    const { losses = [] } = await world.client.call('agent/status', {});
    return losses.map(({ loss }) => `${String(loss?.lost)} in ${loss?.worktree ?? ''}`);
  };

  it('is offered also after the agent was killed, until it is restored', async () => {
    await world.start();
    const names = Array.from({ length: 20 }, (_, i) => `many/${String(i)}.txt`);
    const repo = world.repository('repo', Object.fromEntries(names.map((name) => [name, name])));
    await world.protect(repo);
    write(repo, { 'draft.txt': 'written\n' });
    await world.entry(repo, ({ created }) => created === 1);
    rmSync(join(repo, 'many'), { recursive: true });
    const { loss } = await world.notice(repo);
    assert.ok(loss);
    await world.kill();
    await world.start();
    assert.deepEqual(await open(), [`20 in ${repo}`]);
    await world.restoreAt(repo, loss.at);
    assert.deepEqual(await open(), []);
    await world.kill();
    await world.start();
    assert.deepEqual(await open(), []);
  });
});
