import assert from 'node:assert/strict';
import {
  displayPath,
  formatAge,
  formatBytes,
  formatDuration,
  formatMoment,
  plural,
  shortenMiddle,
} from '../../../agent/cli/format';

describe('numbers and names for people', () => {
  it('shows sizes in units of 1024 with at most one digit after the point', () => {
    assert.deepEqual([0, 1023, 1024, 1536, 102_348, 1_048_575, 1_073_741_824].map(formatBytes), [
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '99.9 KiB',
      '1.0 MiB',
      '1.0 GiB',
    ]);
  });

  it('shows how long something took in the two units that matter', () => {
    assert.deepEqual(
      [40, 420, 9949, 9950, 59_400, 59_600, 185_000, 7_380_000, 90_000_000].map(formatDuration),
      ['40 ms', '0.4 s', '9.9 s', '10 s', '59 s', '1 min', '3 min 5 s', '2 h 3 min', '1 d 1 h'],
    );
  });

  it('shows how long ago something was, and the day when that is long', () => {
    const now = Date.UTC(2026, 4, 10, 12);
    const ago = [0, 12_000, 180_000, 7_200_000, 172_800_000, 864_000_000];
    assert.deepEqual(
      ago.map((ms) => formatAge(now - ms, now)),
      ['just now', '12 s ago', '3 min ago', '2 h ago', '2 d ago', '2026-04-30'],
    );
    assert.equal(formatMoment(now - 12_000, now), '2026-05-10T11:59:48.000Z (12 s ago)');
  });

  it('says "just now" when the clock was set back', () => {
    assert.equal(formatAge(2000, 1000), 'just now');
  });

  it('counts in the plural but for one', () => {
    assert.deepEqual(
      [plural(1, 'file'), plural(78_579, 'file'), plural(0, 'entry', 'entries')],
      ['1 file', '78,579 files', '0 entries'],
    );
  });

  it('cuts long paths in the middle and never through an emoji', () => {
    const path = '/home/someone/work/a-long-name/src/deep/file.ts';
    const short = shortenMiddle(path, 25);
    assert.equal(Array.from(short).length, 25);
    assert.ok(short.startsWith('/home') && short.endsWith('/file.ts') && short.includes('…'));
    assert.equal(shortenMiddle('🙂'.repeat(10), 5), '🙂…🙂🙂🙂');
    assert.equal(shortenMiddle('short', 25), 'short');
  });

  it('shows the home folder as "~" and raw bytes and control characters as escapes', () => {
    assert.equal(displayPath('/home/me/work', '/home/me'), '~/work');
    assert.equal(displayPath('/home/me', '/home/me'), '~');
    assert.equal(displayPath('/home/melanie', '/home/me'), '/home/melanie');
    assert.equal(displayPath('/w/caf\udce9\n\u001b[2J', '/home/me'), '/w/caf\\xe9\\n\\x1b[2J');
  });
});
