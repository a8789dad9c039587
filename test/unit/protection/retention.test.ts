import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  classOf,
  DEFAULT_RETENTION,
  expired,
  type Kept,
  type Pressure,
} from '../../../agent/protection/backups/retention';

const DAY = 24 * 3_600_000;
const NOW = 1_800_000_000_000;

function snapshot(
  sequence: number,
  days: number,
  backup: Kept['backup'],
  more: { kind?: Kept['kind']; source?: string } = {},
): Kept {
  return {
    id: String(sequence),
    sequence,
    backup,
    kind: more.kind ?? 'automatic',
    source: { id: more.source ?? 'a', kind: 'folder', path: '/a' },
    createdAt: NOW - days * DAY,
  };
}

function gone(
  snapshots: readonly Kept[],
  options: { pinned?: string[]; undo?: string[]; pressure?: Pressure } = {},
): string[] {
  return expired({
    snapshots,
    policy: DEFAULT_RETENTION,
    pinned: new Set(options.pinned),
    undo: new Set(options.undo),
    now: NOW,
    pressure: options.pressure ?? 'none',
  }).map(({ snapshot: { id } }) => id);
}

describe('retention', () => {
  for (const [backup, days] of [
    ['full', 30],
    ['incremental', 7],
    ['differential', 14],
    ['snapshot', 3],
  ] as const)
    it(`keeps a ${backup} backup for ${String(days)} days`, () => {
      const newer = [snapshot(8, 0, backup), snapshot(9, 0, 'snapshot')];
      assert.deepEqual(gone([snapshot(1, days - 0.01, backup), ...newer]), []);
      assert.deepEqual(gone([snapshot(1, days, backup), ...newer]), ['1']);
    });

  it('keeps what somebody asked for as long as a full backup', () => {
    const newer = [snapshot(8, 0, 'snapshot', { kind: 'manual' }), snapshot(9, 0, 'snapshot')];
    const old = { kind: 'manual' } as const;
    assert.deepEqual(gone([snapshot(1, 29, 'snapshot', old), ...newer]), []);
    assert.deepEqual(gone([snapshot(1, 30, 'snapshot', old), ...newer]), ['1']);
  });

  it('keeps the newest of each kind of each source however old it is', () => {
    const all = [
      snapshot(1, 400, 'full'),
      snapshot(2, 399, 'full'),
      snapshot(3, 398, 'incremental'),
      snapshot(4, 397, 'snapshot'),
      snapshot(5, 396, 'full', { source: 'b' }),
    ];
    assert.deepEqual(gone(all), ['1']);
  });

  it('keeps what is pinned and what an undo needs', () => {
    const all = [
      snapshot(1, 90, 'snapshot'),
      snapshot(2, 90, 'snapshot', { kind: 'safety' }),
      snapshot(3, 90, 'snapshot', { kind: 'safety' }),
      snapshot(4, 90, 'snapshot', { kind: 'safety' }),
      snapshot(9, 0, 'snapshot'),
    ];
    assert.deepEqual(gone(all, { pinned: ['1'], undo: ['2'] }), ['3']);
  });

  it('keeps the journal for a day, and its newest moment as long as it is that', () => {
    const all = [
      snapshot(1, 1.1, 'journal'),
      snapshot(2, 0.9, 'journal'),
      snapshot(3, 5, 'snapshot'),
      snapshot(4, 9, 'journal', { source: 'b' }),
    ];
    assert.deepEqual(gone(all), ['1']);
    assert.deepEqual(gone(all, { pinned: ['1'] }), []);
    // Its newest moment may be newer than the newest snapshot.
    assert.deepEqual(gone(all, { pressure: 'floor' }), ['1']);
  });

  it('does not take a snapshot for old that the clock says is of the future', () => {
    assert.deepEqual(gone([snapshot(1, -4000, 'snapshot'), snapshot(2, 0, 'snapshot')]), []);
  });

  it('gives up the oldest first where a quota is reached, and all but the newest at the floor', () => {
    const all = [1, 2, 3, 4, 5].map((n) => snapshot(n, 1, 'snapshot'));
    assert.deepEqual(gone(all, { pressure: 'quota' }), ['1', '2']);
    assert.deepEqual(gone(all, { pressure: 'floor' }), ['1', '2', '3', '4']);
    assert.deepEqual(gone(all, { pressure: 'floor', pinned: ['2'] }), ['1', '3', '4']);
  });

  it('never gives up a pinned snapshot or the newest of a source', () => {
    const kept = fc.record({
      days: fc.integer({ min: -10, max: 100 }),
      backup: fc.constantFrom<Kept['backup']>('full', 'incremental', 'differential', 'snapshot'),
      kind: fc.constantFrom<Kept['kind']>('manual', 'automatic', 'safety'),
      source: fc.constantFrom('a', 'b', 'c'),
    });
    const pressure = fc.constantFrom<Pressure>('none', 'quota', 'floor');
    fc.assert(
      fc.property(fc.array(kept), pressure, fc.array(fc.nat(20)), (items, how, pins) => {
        const all = items.map(({ days, backup, ...more }, i) => snapshot(i, days, backup, more));
        const pinned = pins.map(String);
        const left = new Set(gone(all, { pressure: how, pinned }));
        for (const id of pinned) assert.ok(!left.has(id));
        for (const source of new Set(all.map((one) => one.source.id))) {
          const own = all.filter((one) => one.source.id === source);
          assert.ok(!left.has(own.at(-1)?.id ?? ''));
          if (how !== 'none') continue;
          for (const group of new Set(own.map(classOf)))
            assert.ok(own.some((one) => classOf(one) === group && !left.has(one.id)));
        }
      }),
    );
  });
});
