import assert from 'node:assert/strict';
import type { Progress } from '../../../agent/protocol/entities';
import { NoticeClaims } from '../../../agent/server/notice-claims';
import { ProgressReporter } from '../../../agent/server/progress-reporter';
import { TokenBucket } from '../../../agent/server/token-bucket';
import { ManualClock } from './manual-clock';

function takeAll(bucket: TokenBucket): number {
  let taken = 0;
  while (bucket.take()) taken += 1;
  return taken;
}

describe('the rate of messages', () => {
  it('allows a burst, then the steady rate, and never saves up more than a burst', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(clock, 100, 20);
    assert.equal(takeAll(bucket), 20);
    clock.advance(50);
    assert.equal(takeAll(bucket), 5);
    clock.advance(3_600_000);
    assert.equal(takeAll(bucket), 20);
  });
});

describe('reports of progress', () => {
  it('are thinned out, but the first of a phase and the last are always sent', () => {
    const clock = new ManualClock();
    const sent: [Progress['phase'], number][] = [];
    const reporter = new ProgressReporter(clock, 50, ({ phase, done }) => sent.push([phase, done]));
    const report = (phase: Progress['phase'], done: number): void =>
      reporter.report({ phase, done, total: 100, unit: 'files' });
    report('scanning', 0);
    report('scanning', 1);
    clock.advance(49);
    report('scanning', 2);
    clock.advance(1);
    report('scanning', 3);
    report('scanning', 100);
    report('reading', 0);
    report('reading', 1);
    assert.deepEqual(sent, [
      ['scanning', 0],
      ['scanning', 3],
      ['scanning', 100],
      ['reading', 0],
    ]);
  });
});

describe('claims of notices', () => {
  it('belong to the first, who may ask again', () => {
    const claims = new NoticeClaims();
    assert.equal(claims.claim('n', 'a'), true);
    assert.equal(claims.claim('n', 'b'), false);
    assert.equal(claims.claim('n', 'a'), true);
  });

  it('do not pile up without end', () => {
    const claims = new NoticeClaims();
    for (let i = 0; i < 1001; i++) claims.claim(`n${i}`, 'a');
    assert.equal(claims.claim('n1000', 'b'), false);
    assert.equal(claims.claim('n0', 'b'), true);
  });
});
