import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemoteError } from '../../agent/protocol/errors';
import { systemClock } from '../../agent/support/clock';
import { JournalWorld } from '../support/journal-world';
import { KilledLife } from '../support/killed-life';

/** How often the agent is killed; more for a long run: `BULWARK_KILLS=300 npm test -- faults --grep "whole life"`. */
const KILLS = Math.min(Number(process.env['BULWARK_KILLS'] ?? 6), 1000);
/** Longest time from the beginning of the load until the kill, ms. */
const LIFE_MS = 900;

describe('an agent that is killed in the whole life of a store', function () {
  this.timeout(60_000 + KILLS * 15_000);
  const world = new JournalWorld({ settleMs: 200, gcGraceHours: 0, gcGraceOperations: 1 });
  after(() => world.remove());

  it('has all that it acknowledged, verifies clean, and has no restore half done', async () => {
    await world.start();
    const busy = world.repository('busy', { 'note.txt': '0' });
    const quiet = world.repository('quiet', { 'one.txt': '1', 'folder/two.txt': '2' });
    await world.protect(busy);
    await world.protect(quiet);
    const life = new KilledLife(world, busy, quiet);
    for (let kill = 0; kill < KILLS; kill++) {
      const what = `kill ${String(kill)}`;
      life.listen();
      let version = 0;
      const writing = setInterval(() => {
        version += 1;
        writeFileSync(join(busy, 'note.txt'), `${String(kill)}.${String(version)}`);
        writeFileSync(join(busy, `other ${String(version % 7)}`), 'x'.repeat(version * 50));
      }, 10);
      const over = new AbortController();
      const load = Promise.allSettled([
        life.keepBusy(over.signal),
        life.restoreQuietly(over.signal),
      ]);
      await systemClock.sleep(50 + Math.random() * LIFE_MS);
      clearInterval(writing);
      over.abort();
      await world.kill();
      // Requests that were under way fail with the connection, and with nothing else.
      for (const end of await load)
        if (end.status === 'rejected')
          assert.ok(isCutOff(end.reason), `${what}: ${String(end.reason)}`);
      await world.start();
      await life.check(what);
    }
    const told = life.counts();
    console.log(`      ${told}`);
    const left = readdirSync(world.root).filter((name) => name.startsWith('.bulwark'));
    assert.deepEqual(left, []);
    assert.ok(!existsSync(join(quiet, '.git', 'index.lock')));
  });
});

function isCutOff(error: unknown): boolean {
  return error instanceof RemoteError && error.reason === 'agent-unreachable';
}
