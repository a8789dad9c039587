import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { BulwarkError } from '../../../agent/support/errors';
import { GcWorld, sampleOf } from './gc-world';
import { flipBit } from './store-fixture';

describe('garbage collection', () => {
  let world: GcWorld;
  beforeEach(async () => {
    world = await GcWorld.make();
  });
  afterEach(() => world.store.remove());

  async function packsOnDisk(): Promise<number> {
    return (await readdir(join(world.repository.path, 'packs'))).length;
  }

  it('gives back what only forgotten snapshots needed, and keeps the rest', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.repository.startNewPack();
    await world.snapshot([4, 5]);
    await world.repository.startNewPack();
    await world.forget([old.id]);
    const first = await world.gc();
    assert.deepEqual(
      first.packs.map(({ fate, cause }) => [fate, cause]),
      [['given-up', 'sparse']],
    );
    await world.check();
    const second = await world.gc();
    assert.ok(second.freedBytes > 400_000, String(second.freedBytes));
    assert.equal(world.has(1), false);
    await world.check();
  });

  it('tells beforehand what it would do, and does nothing', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.snapshot([5]);
    await world.repository.startNewPack();
    const before = await packsOnDisk();
    const report = await world.gc({ dryRun: true, without: new Set([old.id]) });
    assert.equal(report.snapshots, 1);
    assert.deepEqual(
      report.packs.map(({ fate }) => fate),
      ['given-up'],
    );
    assert.ok(report.waitingBytes > 500_000);
    assert.equal(await packsOnDisk(), before);
    assert.equal(world.repository.catalog.garbage.tombstones.size, 0);
    await world.check();
  });

  it('keeps a pack that was given up until both the time and the operations have passed', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.repository.startNewPack();
    await world.forget([old.id]);
    await world.gc();
    for (const grace of [
      { ms: 3_600_000, operations: 0 },
      { ms: 0, operations: 3 },
    ]) {
      const { packs, waitingBytes } = await world.gc({ grace });
      assert.deepEqual(
        packs.map(({ fate }) => fate),
        ['waiting'],
      );
      assert.ok(waitingBytes > 0);
    }
    await world.snapshot([7]);
    await world.snapshot([8]);
    await world.snapshot([9]);
    assert.ok((await world.gc({ grace: { ms: 0, operations: 3 } })).freedBytes > 0);
  });

  it('does not lose a blob that a backup claimed just before it was given up', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.repository.startNewPack();
    await world.forget([old.id]);
    // The store has it, so the backup does not hand it in …
    await world.begin([1, 6]);
    await world.gc();
    // … and as long as the backup is under way, nothing goes, however often it is asked for.
    assert.equal((await world.gc({ urgent: true })).freedBytes, 0);
    await world.end();
    await world.gc();
    await world.gc();
    assert.equal(world.has(2), false);
    await world.check();
  });

  it('has a backup hand in again what was given up before it asked', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.repository.startNewPack();
    await world.forget([old.id]);
    await world.gc();
    await world.begin([1]);
    await world.gc();
    await world.end();
    await world.gc();
    await world.check();
  });

  it('frees at once where space is short', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.snapshot([4]);
    await world.forget([old.id]);
    const report = await world.gc({ urgent: true });
    assert.ok(report.freedBytes > 400_000);
    assert.equal(world.has(1), false);
    await world.check();
  });

  it('gathers many small packs in one', async () => {
    for (let i = 0; i < 9; i++) {
      await world.snapshot([i]);
      await world.repository.startNewPack();
    }
    await world.gc();
    await world.gc();
    assert.equal(await packsOnDisk(), 1);
    await world.check();
    // And then leaves it alone.
    await world.repository.startNewPack();
    assert.deepEqual((await world.gc()).packs, []);
  });

  it('does not bring forgotten snapshots back when the catalog is made again', async () => {
    const old = await world.snapshot([1, 2]);
    await world.snapshot([2, 3]);
    await world.forget([old.id]);
    await world.repository.rebuildCatalog();
    await world.check();
    await world.gc();
    await world.repository.rebuildCatalog();
    await world.check();
  });

  it('remembers that a snapshot is forgotten for as long as some pack has its record', async () => {
    const gone = await world.snapshot([1, 2]);
    const moved = await world.snapshot([3]);
    await world.forget([gone.id]);
    // The record of the other one is copied, and its first pack goes, before it is forgotten too.
    await world.gc({ urgent: true });
    await world.forget([moved.id]);
    await world.snapshot([4]);
    await world.gc();
    await world.gc();
    await world.repository.rebuildCatalog();
    await world.check();
  });

  it('keeps what only a moment of the journal holds, until that is given up', async () => {
    const { repository, store } = world;
    const { type, kind, backup, label, createdAt, ...state } = await store.recordOf(
      repository,
      sampleOf([1, 2]),
    );
    assert.deepEqual([type, kind, backup, label], ['snapshot', 'manual', 'snapshot', null]);
    const counts = { created: 2, written: 0, deleted: 0, renamed: 0, other: 0 };
    await repository.commit([
      { type: 'journal', at: createdAt, changes: [], counts, seen: 'watched', why: null, ...state },
    ]);
    await repository.startNewPack();
    await world.gc({ urgent: true });
    assert.equal(world.has(1), true);
    await world.forget([state.id]);
    await world.gc({ urgent: true });
    assert.equal(world.has(1), false);
    await repository.rebuildCatalog();
    assert.equal(await repository.catalog.journal.get(state.id), null);
    await world.check();
  });

  it('deletes nothing while a snapshot cannot be followed', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.repository.startNewPack();
    const kept = await world.snapshot([5]);
    await world.repository.startNewPack();
    await world.forget([old.id]);
    const root = kept.roots[0];
    assert.ok(root);
    const place = world.repository.catalog.locate(root.tree);
    assert.ok(place);
    await flipBit(world.store.packPath(place.pack), place.frameOffset + 40);
    await assert.rejects(
      world.gc(),
      (error) => error instanceof BulwarkError && error.reason === 'store-damaged',
    );
    assert.equal(world.repository.catalog.garbage.tombstones.size, 0);
    assert.equal(world.has(1), true);
  });

  it('leaves a pack that is damaged to the repair', async () => {
    const old = await world.snapshot([1, 2, 3, 4]);
    await world.snapshot([1]);
    await world.repository.startNewPack();
    const [pack] = world.repository.catalog.packs();
    assert.ok(pack);
    await world.forget([old.id]);
    await flipBit(world.store.packPath(pack.id), 200_000);
    const { packs } = await world.gc();
    assert.deepEqual(
      packs.map(({ fate }) => fate),
      ['damaged'],
    );
    assert.equal(await packsOnDisk(), 2);
  });

  const numbers = fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 4 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('snapshot' as const), numbers }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin' as const), numbers }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'end' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('forget' as const), which: fc.nat(20) }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'seal' as const }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('gc' as const), urgent: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('crash in gc' as const), at: fc.nat(8) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'rebuild' as const }) },
  );

  it('keeps exactly what is alive readable, whatever happens in whatever order', async function () {
    this.timeout(600_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
        const own = await GcWorld.make();
        try {
          for (const one of steps) await take(own, one);
          await own.end();
          await own.check();
          await own.gc({ urgent: true });
          await own.check();
          for (let number = 0; number < 8; number++)
            if (![...own.kept.values()].flat().includes(number))
              assert.equal(own.has(number), false, `content ${String(number)} is still there`);
        } finally {
          await own.store.remove();
        }
      }),
      { numRuns: Number(process.env['BULWARK_GC_RUNS'] ?? 25) },
    );
  });

  async function take(own: GcWorld, one: StepOf<typeof step>): Promise<void> {
    switch (one.kind) {
      case 'snapshot':
        await own.snapshot(one.numbers);
        return;
      case 'begin':
        return own.begin(one.numbers);
      case 'end':
        return own.end();
      case 'forget': {
        const ids = [...own.kept.keys()];
        const id = ids[one.which % Math.max(1, ids.length)];
        if (id !== undefined) await own.forget([id]);
        return;
      }
      case 'seal':
        return own.repository.startNewPack();
      case 'gc':
        await own.gc({ urgent: one.urgent });
        return;
      case 'crash in gc': {
        await own.end();
        let calls = 0;
        const frozen: string[] = [];
        await own.gc({
          urgent: true,
          exclusively: async (fn) => {
            if (calls++ === one.at) frozen.push(await own.freeze());
            return fn();
          },
        });
        for (const path of frozen) await own.continueFrom(path);
        return own.check();
      }
      case 'crash':
        return own.continueFrom(await own.freeze());
      case 'rebuild':
        await own.end();
        await own.repository.rebuildCatalog();
        return own.check();
    }
  }
});

type StepOf<A> = A extends fc.Arbitrary<infer T> ? T : never;
