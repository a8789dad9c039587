import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseMoment } from '../../../agent/cli/moment-text';

const NOW = new Date(2026, 4, 4, 15, 30, 10, 500).getTime();
const MINUTE = 60_000;

const TIMES: readonly (readonly [string, number])[] = [
  ['now', NOW],
  ['10 minutes ago', NOW - 10 * MINUTE],
  ['10 minutes', NOW - 10 * MINUTE],
  ['90s', NOW - 90_000],
  ['1h 30m', NOW - 90 * MINUTE],
  ['1 hour, 30 minutes ago', NOW - 90 * MINUTE],
  ['0.5 h ago', NOW - 30 * MINUTE],
  ['2 days ago', NOW - 2 * 24 * 60 * MINUTE],
  ['1 Week Ago', NOW - 7 * 24 * 60 * MINUTE],
  ['14:05', new Date(2026, 4, 4, 14, 5).getTime()],
  ['today 14:05:30', new Date(2026, 4, 4, 14, 5, 30).getTime()],
  ['16:00', new Date(2026, 4, 3, 16, 0).getTime()],
  ['yesterday 14:05', new Date(2026, 4, 3, 14, 5).getTime()],
  ['yesterday', new Date(2026, 4, 3).getTime()],
  ['2026-05-04', new Date(2026, 4, 4).getTime()],
  ['2026-05-04 14:05', new Date(2026, 4, 4, 14, 5).getTime()],
  ['2026-05-04 14:05:30.25', new Date(2026, 4, 4, 14, 5, 30, 250).getTime()],
  ['2026-05-01T12:05:30.250Z', Date.UTC(2026, 4, 1, 12, 5, 30, 250)],
  ['2026-05-01T12:05:30+0200', Date.UTC(2026, 4, 1, 10, 5, 30)],
];

describe('a moment as a person types it', () => {
  for (const [text, at] of TIMES)
    it(`"${text}"`, () => {
      assert.deepEqual(parseMoment(text, NOW), { kind: 'time', at });
    });

  it('an operation’s id, or the beginning of it', () => {
    assert.deepEqual(parseMoment('3F2A91', NOW), { kind: 'operation', operation: '3f2a91' });
  });

  for (const text of [
    '',
    'soon',
    '10 parsecs ago',
    '25:00',
    '2026-02-30',
    '2026-13-01',
    '12',
    '-5m',
  ])
    it(`"${text}" is none, and the answer says what is`, () => {
      assert.throws(() => parseMoment(text, NOW), { reason: 'usage' });
    });

  it('the future is none', () => {
    assert.throws(() => parseMoment('2026-05-04 15:31', NOW), /future/);
  });

  it('any time that is printed is read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NOW }), (at) => {
        assert.deepEqual(parseMoment(new Date(at).toISOString(), NOW), { kind: 'time', at });
      }),
    );
  });
});
