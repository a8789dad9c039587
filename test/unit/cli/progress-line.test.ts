import assert from 'node:assert/strict';
import { ProgressLine, progressText } from '../../../agent/cli/progress-line';
import type { Clock } from '../../../agent/support/clock';
import { systemClock } from '../../../agent/support/clock';
import { TextSink } from '../../support/cli-run';

function clockAt(time: { ms: number }): Clock {
  return { ...systemClock, monotonic: () => time.ms };
}

describe('the progress line', () => {
  it('tells the phase, the share, the amounts, the rate and the time left', () => {
    assert.equal(
      progressText(
        { phase: 'reading', done: 524_288_000, total: 1_048_576_000, unit: 'bytes' },
        52_428_800,
      ),
      'Reading  [============            ]   50%  500 MiB/1000 MiB  50.0 MiB/s  10 s left',
    );
    assert.equal(
      progressText({ phase: 'applying', done: 5, total: 20, unit: 'files' }, 5),
      'Applying  [======                  ]   25%  5/20 files  5/s  3 s left',
    );
  });

  it('shows no share and no time left while nobody knows how much there is', () => {
    assert.equal(
      progressText({ phase: 'scanning', done: 12_345, total: null, unit: 'files' }, 1000),
      'Scanning  12,345 files  1,000/s',
    );
  });

  it('never shows more than all', () => {
    assert.match(
      progressText({ phase: 'reading', done: 30, total: 20, unit: 'files' }, 5),
      /\[={24}\] {2}100% {2}30\/20 files {2}5\/s$/,
    );
  });

  it('appears on a terminal when the work takes long, and leaves the line empty at its end', () => {
    const stream = new TextSink({ tty: true });
    const time = { ms: 0 };
    const line = new ProgressLine(stream, clockAt(time));
    line.update({ phase: 'reading', done: 0, total: 100, unit: 'files' });
    assert.equal(stream.text, '', 'quick work shows nothing');
    time.ms = 1000;
    line.update({ phase: 'reading', done: 50, total: 100, unit: 'files' });
    line.close();
    assert.match(stream.text, /Reading {2}\[={12} {12}\] {3}50% {2}50\/100 files {2}50\/s/);
    assert.ok(stream.text.includes('\u001b[?25h'), 'the cursor is back');
    assert.ok(stream.text.endsWith('\u001b[2K'), 'the line is cleared');
  });

  it('writes nothing where there is no terminal', () => {
    const stream = new TextSink();
    const time = { ms: 0 };
    const line = new ProgressLine(stream, clockAt(time));
    time.ms = 10_000;
    line.update({ phase: 'reading', done: 50, total: 100, unit: 'files' });
    line.close();
    assert.equal(stream.text, '');
  });

  it('ends in silence when the work ends before anything was shown', () => {
    const stream = new TextSink({ tty: true });
    new ProgressLine(stream, clockAt({ ms: 0 })).close();
    assert.equal(stream.text, '');
  });
});
