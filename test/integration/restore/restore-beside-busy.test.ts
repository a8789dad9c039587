import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../agent/support/clock';
import { JournalWorld } from '../../support/journal-world';

const BUSY = 9;
/** Each of the others is written so often, ms. */
const WRITE_MS = 20;
const FILES = 300;

describe('a restore', () => {
  let world: JournalWorld;
  beforeEach(async () => {
    world = new JournalWorld();
    await world.start();
  });
  afterEach(() => world.remove());

  // Ten repositories are made and captured first.
  it('goes before nine worktrees that are written all the time, of which nothing is missed', async function () {
    this.timeout(240_000);
    const many = (text: string): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: FILES }, (_, i) => [`d${String(i % 20)}/f${String(i)}.txt`, text]),
      );
    const lost = world.repository('lost', many('kept\n'.repeat(200)));
    await world.protect(lost);
    const busy = Array.from({ length: BUSY }, (_, i) =>
      world.repository(`busy-${String(i)}`, many(`${String(i)}\n`.repeat(50))),
    );
    for (const path of busy) await world.protect(path);
    const before = Date.now();
    for (let i = 0; i < 20; i++) rmSync(join(lost, `d${String(i)}`), { recursive: true });
    const over = new AbortController();
    const writer = (async () => {
      for (let turn = 0; !over.signal.aborted; turn++) {
        for (const path of busy)
          for (let i = 0; i < 5; i++)
            writeFileSync(
              join(path, `d${String((turn + i) % 20)}`, 'new.txt'),
              `turn ${String(turn)}`,
            );
        await systemClock.sleep(WRITE_MS);
      }
    })();
    const started = systemClock.monotonic();
    await world.restoreAt(lost, before);
    const ms = systemClock.monotonic() - started;
    over.abort();
    await writer;
    for (let i = 0; i < FILES; i++)
      assert.equal(
        readFileSync(join(lost, `d${String(i % 20)}`, `f${String(i)}.txt`), 'utf8'),
        'kept\n'.repeat(200),
      );
    for (const path of busy) {
      writeFileSync(join(path, 'last.txt'), 'the last');
      await world.entry(path, ({ changes }) => changes.some((one) => one.path === 'last.txt'));
    }
    console.log(`      restored in ${(ms / 1000).toFixed(1)} s`);
  });
});
