import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../agent/support/clock';
import { JournalWorld } from '../support/journal-world';

/** How often the agent is killed; more for a long run: `BULWARK_KILLS=300 npm test -- faults`. */
const KILLS = Math.min(Number(process.env['BULWARK_KILLS'] ?? 8), 300);
/** Longest time from the first record of a life until the kill, ms. */
const LIFE_MS = 500;

describe('an agent that is killed while it keeps a journal', function () {
  this.timeout(60_000 + KILLS * 10_000);
  const world = new JournalWorld({ settleMs: 200 });
  after(() => world.remove());

  it('has every record that it told of when it is started again', async () => {
    await world.start();
    const repo = world.repository('repo', { 'note.txt': '0' });
    await world.protect(repo);
    const told = new Set<number>();
    let version = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = told.size;
      const stop = world.client.onEvent(({ event }) => {
        if (event.kind === 'journal/written') told.add(event.sequence);
      });
      const writing = setInterval(() => {
        version += 1;
        writeFileSync(join(repo, 'note.txt'), String(version));
        writeFileSync(join(repo, `other ${String(version % 7)}.txt`), 'x'.repeat(version * 50));
      }, 7);
      await world.until('a record', () => Promise.resolve(told.size > before || null));
      await systemClock.sleep(Math.random() * LIFE_MS);
      clearInterval(writing);
      stop.dispose();
      await world.kill();
      await world.start();

      const kept = new Set<number>();
      let below: number | null = null;
      do {
        const page: { entries: { sequence: number }[]; next: number | null } =
          await world.client.call('journal/list', {
            path: repo,
            limit: 500,
            ...(below === null ? {} : { before: below }),
          });
        for (const { sequence } of page.entries) kept.add(sequence);
        below = page.next;
      } while (below !== null);
      assert.deepEqual(
        [...told].filter((sequence) => !kept.has(sequence)),
        [],
      );
    }
    assert.ok(told.size >= KILLS);
    const report = await world.client.call('store/verify', {});
    assert.deepEqual(report.errors, []);

    // And one of them can be gone back to.
    const { entries } = await world.client.call('journal/list', { path: repo, limit: 20 });
    const entry = entries.find(({ changes }) => changes.some(({ path }) => path === 'note.txt'));
    assert.ok(entry);
    const { data } = await world.client.call('snapshot/readFile', {
      snapshot: entry.id,
      path: 'note.txt',
      offset: 0,
      length: 100,
    });
    const plan = await world.client.call('restore/plan', { snapshot: entry.id });
    await world.client.call('restore/apply', { plan: plan.id });
    const content = Buffer.from(data, 'base64').toString();
    assert.equal(readFileSync(join(repo, 'note.txt'), 'utf8'), content);
  });
});
