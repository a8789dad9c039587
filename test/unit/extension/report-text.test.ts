import * as assert from 'node:assert/strict';
import type { PeriodReportInfo } from '../../../agent/protocol/report-methods';
import { reportText } from '../../../extension/report/report-text';

const NOW = new Date(2026, 10, 24, 12).getTime();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A week in which nothing went wrong; `known` is what a test cares about. */
function report(known: Partial<PeriodReportInfo> = {}): PeriodReportInfo {
  return {
    from: NOW - 7 * DAY,
    to: NOW,
    observedMs: 40 * HOUR,
    availability: 1,
    components: [{ of: 'web', ratio: 1, measuredMs: 40 * HOUR }],
    incidents: { count: 0, critical: 0, open: 0, mtbfMs: null, mttrMs: null },
    emergencies: 0,
    recoveries: {
      ...{ count: 0, healed: 0, cleared: 0, failed: 0, open: 0 },
      ...{ success: null, meanMs: null },
    },
    alerts: [],
    backups: { snapshots: 12, backups: 3, failed: 0, restores: 1 },
    drill: { at: NOW - DAY, ok: true },
    storage: {
      ...{ atFirst: 2 ** 20, atLast: 3 * 2 ** 20, bytesPerDay: 2 ** 18 },
      ...{ freeBytes: 2 ** 34, fullInMs: 400 * DAY },
    },
    partial: [],
    ...known,
  };
}

const row = (text: string, name: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${name} | `))
    ?.slice(`| ${name} | `.length, -2);

describe('the page about how a week was', () => {
  it('tells of backups, drills and the growth of the store when nothing went wrong', () => {
    const text = reportText(report(), 7, NOW);
    assert.match(text, /^# The last 7 days\n/);
    assert.match(text, /Bulwark ran for 1\.7 days of that time/);
    assert.equal(row(text, 'Availability'), '100.00 % of 1 component');
    assert.equal(row(text, 'Incidents'), 'none');
    assert.equal(row(text, 'Backups'), '3');
    assert.match(row(text, 'Last drill') ?? '', /^yesterday .*: everything came back$/i);
    assert.equal(row(text, 'Store'), '3.0 MB, +2.0 MB in this time');
    assert.equal(row(text, 'Growth'), '+256 KB a day');
    assert.equal(row(text, 'Free on its disk'), '16 GB; full in 400 days if it goes on like this');
    assert.doesNotMatch(text, /What was/);
  });

  it('lists what was down and what was wrong, and never rounds up to whole', () => {
    const text = reportText(
      report({
        availability: 0.999_99,
        components: [{ of: 'shop/web', ratio: 0.999_99, measuredMs: 90_000 }],
        incidents: { count: 2, critical: 1, open: 0, mtbfMs: 20 * HOUR, mttrMs: 1_500 },
        alerts: [{ fault: 'component.down', title: 'A component is down', count: 4 }],
      }),
      7,
      NOW,
    );
    assert.equal(row(text, 'Availability'), '99.99 % of 1 component');
    assert.equal(row(text, 'Incidents'), '2: 1 critical, 0 open');
    assert.equal(row(text, 'Mean time between failures'), '20 hours');
    assert.equal(row(text, 'Mean time to recovery'), '1.5 seconds');
    assert.equal(row(text, 'shop/web'), '99.99 % | 1.5 minutes');
    assert.equal(row(text, 'A component is down'), '4 | component.down');
  });

  it('takes names for names, not for Markdown', () => {
    const name = '[x](http://y)|*';
    const text = reportText(
      report({ components: [{ of: name, ratio: 0.5, measuredMs: HOUR }] }),
      7,
      NOW,
    );
    assert.ok(text.includes('\\[x\\]\\(http://y\\)\\|\\*'), text);
  });

  it('says where more happened than is kept', () => {
    const text = reportText(report({ partial: ['alerts'] }), 30, NOW);
    assert.equal(row(text, 'Alerts'), 'more than 0');
    assert.match(text, /Of alerts only the last 200 are kept/);
  });
});
