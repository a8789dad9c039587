import assert from 'node:assert/strict';
import { DEFAULT_SCHEDULES, isPattern, nextRun } from '../../../agent/protection/backups/schedules';

const BERLIN = 'Europe/Berlin';

function runs(pattern: string, from: string, count: number): string[] {
  const found: string[] = [];
  let at = Date.parse(from);
  for (let i = 0; i < count; i++) {
    at = nextRun(pattern, at, BERLIN) ?? Number.NaN;
    found.push(new Date(at).toISOString());
  }
  return found;
}

describe('schedules', () => {
  it('run a full backup on Sundays and an incremental one on all other days', () => {
    // 2027-01-01 was a Friday.
    assert.deepEqual(runs(DEFAULT_SCHEDULES.full ?? '', '2027-01-01T12:00:00Z', 2), [
      '2027-01-03T01:00:00.000Z',
      '2027-01-10T01:00:00.000Z',
    ]);
    assert.deepEqual(runs(DEFAULT_SCHEDULES.incremental ?? '', '2027-01-01T12:00:00Z', 2), [
      '2027-01-02T01:00:00.000Z',
      '2027-01-04T01:00:00.000Z',
    ]);
  });

  it('keep to local time over the changes of summer time', () => {
    assert.deepEqual(runs('0 14 * * *', '2027-03-27T13:30:00Z', 2), [
      '2027-03-28T12:00:00.000Z',
      '2027-03-29T12:00:00.000Z',
    ]);
    assert.deepEqual(runs('0 14 * * *', '2027-10-30T12:30:00Z', 2), [
      '2027-10-31T13:00:00.000Z',
      '2027-11-01T13:00:00.000Z',
    ]);
  });

  it('run once on a day on which their time does not exist, and once where it comes twice', () => {
    const day = (text: string): string => text.slice(0, 10);
    assert.deepEqual(runs('30 2 * * *', '2027-03-27T12:00:00Z', 3).map(day), [
      '2027-03-28',
      '2027-03-29',
      '2027-03-30',
    ]);
    assert.deepEqual(runs('30 2 * * *', '2027-10-30T12:00:00Z', 3).map(day), [
      '2027-10-31',
      '2027-11-01',
      '2027-11-02',
    ]);
  });

  it('know a pattern when they see one', () => {
    for (const good of ['0 2 * * 0', '*/5 * * * *', '0 2 * * 1-6'])
      assert.ok(isPattern(good), good);
    for (const bad of ['', 'daily', '0 2 * *', '0 0 2 * * 0', '61 2 * * *', '0 0 30 2 *'])
      assert.ok(!isPattern(bad), bad);
  });
});
