import assert from 'node:assert/strict';
import type { AuditEntry } from '../../../agent/manager/audit/entry';
import type { IncidentRecord } from '../../../agent/manager/incidents/incident';
import { BackupCount } from '../../../agent/manager/report/backup-figures';
import { growthOf } from '../../../agent/manager/report/growth';
import { incidentFigures } from '../../../agent/manager/report/incident-figures';
import { recoveryFigures } from '../../../agent/manager/report/recovery-figures';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const FROM = Date.UTC(2026, 4, 4);
const WEEK = { from: FROM, to: FROM + 7 * DAY };

describe('A report of a week', () => {
  const incident = (openedAt: number, closedAt: number | null): IncidentRecord => ({
    id: 'i1',
    group: '/work/app',
    severity: 'critical',
    state: closedAt === null ? 'open' : 'closed',
    openedAt,
    closedAt,
    touchedAt: openedAt,
    parts: [],
    timeline: [],
  });

  it('tells how often something failed, and how long it took until it was well again', () => {
    const all = [
      // Began before, ended in it: counts for how long it took.
      incident(FROM - HOUR, FROM + HOUR),
      incident(FROM + DAY, FROM + DAY + 4 * HOUR),
      incident(FROM + 6 * DAY, null),
      incident(FROM + 8 * DAY, null),
    ];
    const { count, open, mtbfMs, mttrMs } = incidentFigures(all, WEEK, 3 * DAY);
    assert.deepEqual([count, open], [2, 1]);
    assert.equal(mttrMs, 3 * HOUR);
    // Of the three days that were observed 28 hours were not well.
    assert.equal(mtbfMs, (3 * DAY - 28 * HOUR) / 2);
  });

  it('says nothing where nothing happened', () => {
    const { count, mtbfMs, mttrMs } = incidentFigures([], WEEK, 7 * DAY);
    assert.deepEqual([count, mtbfMs, mttrMs], [0, null, null]);
    assert.equal(recoveryFigures([], WEEK).success, null);
    assert.equal(growthOf([], []).fullInMs, null);
  });

  it('tells how many recoveries helped, not counting what went away by itself or was stopped', () => {
    const startedAt = FROM + DAY;
    const all = [
      { phase: 'healed', startedAt, endedAt: startedAt + 2_000 },
      { phase: 'healed', startedAt, endedAt: startedAt + 4_000 },
      { phase: 'rolled-back', startedAt, endedAt: startedAt + 9_000 },
      { phase: 'person', startedAt, endedAt: startedAt + 9_000 },
      { phase: 'cleared', startedAt, endedAt: startedAt },
      { phase: 'cancelled', startedAt, endedAt: startedAt },
      { phase: 'approval', startedAt, endedAt: null },
      { phase: 'healed', startedAt: FROM - DAY, endedAt: FROM },
    ] as const;
    assert.deepEqual(recoveryFigures(all, WEEK), {
      count: 7,
      healed: 2,
      cleared: 1,
      failed: 2,
      open: 1,
      success: 0.5,
      meanMs: 3_000,
    });
  });

  it('counts backups and restores as the audit trail has them', () => {
    const count = new BackupCount();
    const add = (
      action: string,
      phase: AuditEntry['phase'] = 'done',
      input: AuditEntry['input'] = {},
    ): void => {
      const by = { kind: 'agent', name: 'Bulwark', pid: 1 } as const;
      const rest = { why: null, target: null, outcome: null, durationMs: null, hash: '' };
      count.add({ sequence: 1, at: FROM, action, phase, by, input, ...rest });
    };
    add('snapshot/automatic', 'done', { backup: 'snapshot' });
    add('snapshot/automatic', 'done', { backup: 'full' });
    add('backup/run');
    add('backup/scheduled', 'failed');
    add('restore/apply', 'begun');
    add('restore/apply');
    assert.deepEqual(count.figures, { snapshots: 1, backups: 2, failed: 1, restores: 1 });
  });

  it('tells how the store grows, and when its disk is full if it goes on like this', () => {
    const days = Array.from({ length: 60 }, (_none, n) => FROM + (n * 7 * DAY) / 60);
    const grows = days.map((time) => ({ time, value: 1_000 + ((time - FROM) / DAY) * 100 }));
    const shrinks = days.map((time) => ({ time, value: 5_000 - ((time - FROM) / DAY) * 100 }));
    const { bytesPerDay, fullInMs, atFirst, freeBytes } = growthOf(grows, shrinks);
    assert.equal(Math.round(bytesPerDay ?? 0), 100);
    assert.equal(atFirst, 1_000);
    assert.equal(Math.round((fullInMs ?? 0) / DAY), Math.round((freeBytes ?? 0) / 100));
    assert.equal(growthOf(grows, grows).fullInMs, null);
  });
});
