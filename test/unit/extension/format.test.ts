import * as assert from 'node:assert/strict';
import { age, byteSize, count, dayLabel, someOf, timeOfDay } from '../../../extension/format';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = new Date(2026, 10, 24, 12, 0, 0).getTime();

describe('times and sizes in the window', () => {
  it('tells ages in the largest unit that fits', () => {
    assert.equal(age(NOON - 59_999, NOON), 'just now');
    assert.equal(age(NOON - MINUTE, NOON), '1 min ago');
    assert.equal(age(NOON - 3 * HOUR, NOON), '3 h ago');
    assert.equal(age(NOON - 24 * HOUR, NOON), '1 day ago');
    assert.equal(age(NOON - 80 * HOUR, NOON), '3 days ago');
  });

  it('does not show a negative age when clocks differ', () => {
    assert.equal(age(NOON + HOUR, NOON), 'just now');
  });

  it('groups by the local day, not by 24 hours', () => {
    assert.equal(dayLabel(new Date(2026, 10, 24, 0, 0, 1).getTime(), NOON), 'Today');
    assert.equal(dayLabel(new Date(2026, 10, 23, 23, 59, 59).getTime(), NOON), 'Yesterday');
  });

  it('names older days by their date, with the year when it is another one', () => {
    assert.equal(
      dayLabel(new Date(2026, 10, 20, 9).getTime(), NOON, 'en-GB'),
      'Friday 20 November',
    );
    assert.match(dayLabel(new Date(2025, 10, 20, 9).getTime(), NOON, 'en-GB'), /2025$/);
  });

  it('tells the time of day with seconds', () => {
    assert.equal(timeOfDay(new Date(2026, 10, 24, 9, 5, 7).getTime(), 'en-GB'), '09:05:07');
  });

  it('tells sizes in the units of the editor', () => {
    assert.equal(byteSize(0), '0 B');
    assert.equal(byteSize(1023), '1023 B');
    assert.equal(byteSize(1536), '1.5 KB');
    assert.equal(byteSize(50 * 1024 * 1024), '50 MB');
  });

  it('counts in words', () => {
    assert.equal(count(1, 'file'), '1 file');
    assert.equal(count(1204, 'file'), '1,204 files');
    assert.equal(count(2, 'entry', 'entries'), '2 entries');
  });

  it('names a few of many', () => {
    assert.equal(someOf(['a', 'b'], 2, 3), 'a, b');
    assert.equal(someOf(['a', 'b', 'c'], 1200, 2), 'a, b and 1,198 more');
  });
});
