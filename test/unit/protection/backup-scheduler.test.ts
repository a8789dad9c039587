import assert from 'node:assert/strict';
import {
  BackupScheduler,
  type Scheduled,
} from '../../../agent/protection/backups/backup-scheduler';
import { DEFAULT_SCHEDULES, type ScheduledKind } from '../../../agent/protection/backups/schedules';
import type { SnapshotRecord } from '../../../agent/repository/record';
import type { Clock, Timer } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SOURCE: Scheduled = { id: '00112233445566aa', path: '/work/shop' };

/** A clock with a wall that can be moved by itself: while a machine sleeps no timer runs. */
class WallClock implements Clock {
  #monotonic = 0;
  #wall: number;
  readonly #waiting = new Set<{ at: number; fn: () => void }>();

  constructor(iso: string) {
    this.#wall = Date.parse(iso);
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const entry = { at: this.#monotonic + ms, fn };
    this.#waiting.add(entry);
    return { cancel: () => this.#waiting.delete(entry) };
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }

  /** The machine sleeps, or somebody sets the clock. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      const [next] = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#wall += next.at - this.#monotonic;
      this.#monotonic = next.at;
      next.fn();
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#wall += end - this.#monotonic;
    this.#monotonic = end;
  }
}

class World {
  readonly clock: WallClock;
  readonly runs: string[] = [];
  readonly told: string[] = [];
  readonly records: SnapshotRecord[] = [];
  readonly scheduler: BackupScheduler;
  failing = false;
  heldBy: string | null = null;
  present = true;

  constructor(iso: string, taken: readonly [SnapshotRecord['backup'], string][]) {
    this.clock = new WallClock(iso);
    for (const [backup, at] of taken) this.record(backup, Date.parse(at));
    this.scheduler = this.agent();
  }

  /** A new agent over the same store. */
  agent(): BackupScheduler {
    return new BackupScheduler({
      clock: this.clock,
      log: silentLog,
      schedules: DEFAULT_SCHEDULES,
      timezone: 'Europe/Berlin',
      snapshots: () => listed(this.records),
      sources: () => (this.present ? [SOURCE] : []),
      run: (_source, kind: ScheduledKind) => {
        if (this.failing) return Promise.reject(new Error('it cannot be read'));
        this.runs.push(`${kind} ${new Date(this.clock.now()).toISOString().slice(0, 16)}`);
        return Promise.resolve(this.record(kind, this.clock.now()));
      },
      heldBy: () => this.heldBy,
      onFailure: (_source, kind, message) => this.told.push(`${kind}: ${message}`),
    });
  }

  record(backup: SnapshotRecord['backup'], createdAt: number): SnapshotRecord {
    const record: SnapshotRecord = {
      type: 'snapshot',
      id: '0'.repeat(32),
      sequence: this.records.length + 1,
      source: { ...SOURCE, kind: 'folder' },
      kind: 'automatic',
      backup,
      label: null,
      createdAt,
      durationMs: 1,
      roots: [],
      git: null,
      newBytes: 0,
      storedBytes: 0,
    };
    this.records.push(record);
    return record;
  }
}

// 2027-01-03 was a Sunday. Berlin is an hour ahead of UTC in winter.
describe('scheduled backups', () => {
  it('run at their times, each once', async () => {
    const world = new World('2027-01-02T12:00:00Z', [['snapshot', '2027-01-02T11:00:00Z']]);
    await world.scheduler.start();
    await world.clock.pass(2 * DAY);
    assert.deepEqual(world.runs, [
      'differential 2027-01-02T13:00',
      'full 2027-01-03T01:00',
      'differential 2027-01-03T13:00',
      'incremental 2027-01-04T01:00',
    ]);
  });

  it('wait while the machine or its user are busy, and tell why', async () => {
    const world = new World('2027-01-02T12:00:00Z', [['snapshot', '2027-01-02T11:00:00Z']]);
    world.heldBy = 'somebody works on it';
    await world.scheduler.start();
    await world.clock.pass(2 * HOUR);
    assert.deepEqual(world.runs, []);
    const differential = world.scheduler.states().find(({ kind }) => kind === 'differential');
    assert.equal(differential?.heldBy, 'somebody works on it');
    world.heldBy = null;
    await world.clock.pass(2 * MINUTE);
    assert.equal(world.runs.length, 1);
    assert.ok(world.scheduler.states().every(({ heldBy }) => heldBy === null));
  });

  it('wait for hours at most, and not at all when they are a day late', async () => {
    const world = new World('2027-01-02T12:00:00Z', [['snapshot', '2027-01-02T11:00:00Z']]);
    world.heldBy = 'the machine runs on battery';
    await world.scheduler.start();
    await world.clock.pass(4 * HOUR);
    assert.equal(world.runs.length, 0);
    await world.clock.pass(2 * HOUR);
    assert.match(world.runs.join('\n'), /^differential 2027-01-02T17:\d\d$/);
    await world.scheduler.close();
    world.clock.jump(3 * DAY);
    const next = world.agent();
    await next.start();
    await world.clock.pass(2 * MINUTE);
    assert.match(world.runs.join('\n'), /\n/);
    await next.close();
  });

  it('that were missed while the machine slept are made up once, half a minute after it woke', async () => {
    const world = new World('2027-01-02T20:00:00Z', [
      ['full', '2026-12-27T01:00:00Z'],
      ['incremental', '2027-01-02T01:00:00Z'],
      ['differential', '2027-01-02T13:00:00Z'],
    ]);
    await world.scheduler.start();
    await world.clock.pass(MINUTE);
    world.clock.jump(3 * DAY);
    await world.clock.pass(20 * MINUTE);
    assert.deepEqual(
      world.runs.map((run) => run.split(' ')[0]),
      ['full', 'differential', 'incremental'],
    );
    await world.clock.pass(2 * HOUR);
    assert.equal(world.runs.length, 3);
  });

  it('that were missed while no agent ran are made up when one starts', async () => {
    const world = new World('2027-01-05T08:00:00Z', [
      ['full', '2026-12-27T01:00:00Z'],
      ['incremental', '2027-01-05T01:00:00Z'],
      ['differential', '2027-01-04T13:00:00Z'],
    ]);
    await world.scheduler.start();
    await world.clock.pass(MINUTE);
    assert.deepEqual(world.runs, ['full 2027-01-05T08:00']);
    await world.scheduler.close();
    const next = world.agent();
    await next.start();
    await world.clock.pass(HOUR);
    assert.equal(world.runs.length, 1);
  });

  it('go on when the clock is set back', async () => {
    const world = new World('2027-01-06T12:00:00Z', [
      ['full', '2031-01-03T01:00:00Z'],
      ['incremental', '2031-01-06T01:00:00Z'],
      ['differential', '2031-01-05T13:00:00Z'],
    ]);
    await world.scheduler.start();
    await world.clock.pass(DAY);
    assert.deepEqual(world.runs, ['differential 2027-01-06T13:00', 'incremental 2027-01-07T01:00']);
  });

  it('run once on the night on which summer time ends', async () => {
    const world = new World('2027-10-30T20:00:00Z', [
      ['full', '2027-10-24T00:00:00Z'],
      ['incremental', '2027-10-30T00:00:00Z'],
      ['differential', '2027-10-30T12:00:00Z'],
    ]);
    await world.scheduler.start();
    await world.clock.pass(12 * HOUR);
    assert.equal(world.runs.length, 1);
    assert.match(world.runs[0] ?? '', /^full 2027-10-31T0[01]:00$/);
  });

  it('are tried again after a failure, which is told once', async () => {
    const world = new World('2027-01-02T12:30:00Z', [['snapshot', '2027-01-02T11:00:00Z']]);
    world.failing = true;
    await world.scheduler.start();
    await world.clock.pass(2 * HOUR);
    assert.deepEqual(world.told, ['differential: it cannot be read']);
    world.failing = false;
    await world.clock.pass(2 * HOUR);
    assert.equal(world.runs.length, 1);
  });

  it('of a folder that is gone wait until it is back', async () => {
    const world = new World('2027-01-02T12:30:00Z', [['snapshot', '2027-01-02T11:00:00Z']]);
    world.present = false;
    await world.scheduler.start();
    await world.clock.pass(5 * HOUR);
    assert.deepEqual(world.runs, []);
    world.present = true;
    await world.clock.pass(HOUR);
    assert.equal(world.runs.length, 1);
  });
});

async function* listed(records: readonly SnapshotRecord[]): AsyncGenerator<SnapshotRecord> {
  yield* await Promise.resolve(records);
}
