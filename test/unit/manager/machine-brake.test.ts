import assert from 'node:assert/strict';
import { MachineBrake } from '../../../agent/manager/operations/machine-brake';
import type { HealthEvent, HealthMonitor } from '../../../agent/monitor/health-monitor';
import type { ProtectionEvent } from '../../../agent/protection/protection-types';
import type { JournalRecord } from '../../../agent/repository/record';
import { Emitter } from '../../../agent/support/emitter';
import { ManualClock } from '../server/manual-clock';

type Figures = NonNullable<HealthMonitor['machine']>;

const AT_REST: Figures = {
  cpu: 0.1,
  memory: { totalBytes: 100, availableBytes: 60, pressure: null },
  disks: [],
  watches: null,
  files: null,
  onBattery: false,
};

describe('work in the background waits', () => {
  let clock: ManualClock;
  let machine: Figures | null;
  let health: Emitter<HealthEvent>;
  let protection: Emitter<ProtectionEvent>;
  let brake: MachineBrake;

  beforeEach(() => {
    clock = new ManualClock();
    machine = AT_REST;
    health = new Emitter();
    protection = new Emitter();
    brake = new MachineBrake({
      health: {
        onEvent: health,
        get machine() {
          return machine;
        },
      },
      protection: { onEvent: protection },
      clock,
    });
  });
  afterEach(() => {
    brake.close();
  });

  /** The machine is so for a time, and is looked at every ten seconds. */
  function run(ms: number, figures: Partial<Figures>): void {
    for (let at = 0; at <= ms; at += 10_000) {
      machine = { ...AT_REST, ...figures };
      health.emit({ kind: 'sampled', at: clock.now() });
      if (at < ms) clock.advance(10_000);
    }
  }

  const saved = (path: string, why: string | null = null): void => {
    const source: JournalRecord['source'] = { id: path, kind: 'worktree', path };
    const counts = { created: 0, written: 1, deleted: 0, renamed: 0, other: 0 };
    const record: JournalRecord = {
      type: 'journal',
      id: '0',
      sequence: 1,
      source,
      at: clock.now(),
      durationMs: 1,
      roots: [],
      git: null,
      changes: [],
      counts,
      seen: 'watched',
      why,
      newBytes: 0,
      storedBytes: 0,
    };
    protection.emit({ kind: 'journal-written', record });
  };

  it('for nothing on a machine at rest, and where nothing is known of it', () => {
    run(60_000, {});
    assert.equal(brake.why('/work/a'), null);
    machine = null;
    assert.equal(brake.why(null), null);
  });

  it('while the processors are busy, but not for a moment in which they were', () => {
    run(10_000, { cpu: 0.95 });
    assert.equal(brake.why(null), null);
    run(20_000, { cpu: 0.95 });
    assert.equal(brake.why(null), 'the processors are busy (95 %)');
    run(0, { cpu: 0.5 });
    assert.equal(brake.why(null), null);
  });

  it('while memory is short', () => {
    run(30_000, { memory: { totalBytes: 100, availableBytes: 10, pressure: null } });
    assert.equal(brake.why('/work/a'), 'memory is short (90 % in use)');
    run(30_000, { memory: null });
    assert.equal(brake.why('/work/a'), null);
  });

  it('while the machine runs on battery', () => {
    run(0, { onBattery: true });
    assert.equal(brake.why(null), 'the machine runs on battery');
    run(0, { onBattery: null });
    assert.equal(brake.why(null), null);
  });

  it('while somebody saves files in its worktree, and only there', () => {
    saved('/work/a');
    clock.advance(5_000);
    assert.equal(brake.why('/work/a'), 'somebody is at work there');
    assert.equal(brake.why('/work/b'), null);
    assert.equal(brake.why(null), null);
    clock.advance(6_000);
    assert.equal(brake.why('/work/a'), null);
    saved('/work/a', 'restore');
    assert.equal(brake.why('/work/a'), null);
  });
});
