import assert from 'node:assert/strict';
import { systemClock } from '../../../agent/support/clock';
import { assertKept, hour, HOUR, type StoreAct } from './acts';
import type { Life } from './life';

const PATIENCE_MS = 20_000;
const SCHEDULED = ['full', 'incremental', 'differential'] as const;

/** The store may not take so much any more: the oldest go, the newest and the pinned stay. */
async function shrink(life: Life): Promise<void> {
  await life.settle();
  const { repository, keeping } = life.store;
  const used = await usedBytes(life);
  const quota = Math.floor(used * (0.4 + 0.6 * life.random.next()));
  const spare = life.model.spare();
  life.store.allow(quota);
  await keeping.makeRoom();
  await assertKept(life, spare);
  const left = [];
  for (const id of spare)
    if ((await repository.catalog.snapshot(id)) === null) life.model.records.delete(id);
    else left.push(id);
  if ((await usedBytes(life)) > quota)
    assert.deepEqual(left, [], 'over its quota, a store gives up all that it may');
  life.store.allow(null);
  await keeping.makeRoom();
}

async function usedBytes({ store }: Life): Promise<number> {
  const { packBytes, catalogBytes } = await store.repository.sizes();
  return packBytes + catalogBytes;
}

async function drill(life: Life): Promise<void> {
  await life.settle();
  const done = await life.store.care.drill(null, new AbortController().signal, () => undefined);
  assert.ok(done.ok, JSON.stringify(done));
}

/** The machine sleeps through whatever was due: it is made up once, and nothing grows old by it. */
async function suspend(life: Life): Promise<void> {
  await life.settle();
  const newest = Math.max(...[...life.model.records.values()].map(({ sequence }) => sequence));
  life.clock.jump(HOUR * (1 + life.random.below(60)));
  // Nothing becomes due in the hour after it.
  while ([1, 13].includes(new Date(life.clock.now()).getHours())) life.clock.jump(HOUR);
  life.jumped = true;
  await hour(life);
  const end = systemClock.monotonic() + PATIENCE_MS;
  const overdue = (): boolean =>
    life.store.keeping.schedule().some(({ next }) => next !== null && next <= life.clock.now());
  while (overdue()) {
    assert.ok(systemClock.monotonic() < end, 'a backup that was missed is made up');
    await systemClock.sleep(5);
  }
  await life.heard();
  for (const { user } of life.places)
    for (const kind of SCHEDULED) {
      const made = life.model
        .of(user.folder)
        .filter(({ kept, sequence }) => kept === kind && sequence > newest);
      assert.ok(made.length < 2, `${String(made.length)} ${kind} backups after one sleep`);
    }
}

export const CARE_ACTS: readonly StoreAct[] = [
  { name: 'quota', weight: 3, inStore: true, run: shrink },
  { name: 'suspend', weight: 3, inStore: false, run: suspend },
  { name: 'drill', weight: 1, inStore: false, run: drill },
];
