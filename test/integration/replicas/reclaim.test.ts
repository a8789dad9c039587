import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalWorld } from '../../support/journal-world';
import { flipOnDisk } from '../../support/flip';

describe('an agent whose store is damaged while its mirror is away', function () {
  this.timeout(120_000);
  const world = new JournalWorld();
  after(() => world.remove());

  it('takes what was lost back by itself, as soon as the mirror is there and in step again', async () => {
    const client = await world.start();
    const repo = world.repository('app', { 'kept.txt': 'kept\n' });
    await world.protect(repo);
    const draft = join(repo, 'draft.bin');
    const content = randomBytes(300_000);
    writeFileSync(draft, content);
    const snapshot = await client.call('snapshot/create', { path: repo });
    rmSync(draft);
    await client.call('snapshot/create', { path: repo });
    const disk = join(world.root, 'disk');
    mkdirSync(disk);
    await client.call('replica/add', { path: join(disk, 'mirror') });

    renameSync(disk, `${disk}-away`);
    mkdirSync(disk);
    const packs = join(world.agent.home, 'store', 'packs');
    const [largest = ''] = readdirSync(packs)
      .map((name) => join(packs, name))
      .sort((a, b) => statSync(b).size - statSync(a).size);
    // The draft is nearly all of it.
    flipOnDisk(largest, Math.floor(statSync(largest).size / 2));
    const damaged = await client.call('store/verify', {});
    assert.equal(damaged.ok, false);
    assert.ok(damaged.repair);
    const { lost, affected } = await client.call('store/repair', { plan: damaged.repair.id });
    assert.ok(lost > 0);
    assert.deepEqual([...new Set(affected.map(({ path }) => path))], ['draft.bin']);

    rmSync(disk, { recursive: true });
    renameSync(`${disk}-away`, disk);
    await client.call('replica/sync', {});
    await world.until('the lost content', async () => {
      const { ok } = await client.call('store/verify', {});
      return ok ? true : null;
    });
    const { integrity } = await client.call('store/stats', {});
    assert.equal(integrity.damage, null);
    const plan = await client.call('restore/plan', { snapshot: snapshot.id });
    await client.call('restore/apply', { plan: plan.id });
    assert.equal(statSync(draft).size, content.length);
  });
});
