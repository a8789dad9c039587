import assert from 'node:assert/strict';
import { Due, NEVER } from '../../../agent/protection/integrity/due';
import type { Clock } from '../../../agent/support/clock';

const HOUR = 60 * 60_000;
const WEEK = 7 * 24 * HOUR;

/** A wall clock that can jump, beside time that passes. */
class TwoClocks implements Clock {
  wall = 1_700_000_000_000;
  ran = 0;
  now = (): number => this.wall;
  monotonic = (): number => this.ran;
  setTimeout = (): never => {
    throw new Error('not used');
  };
  sleep = this.setTimeout;
  pass(ms: number): void {
    this.wall += ms;
    this.ran += ms;
  }
}

describe('what is due once a week', () => {
  function due(clock: Clock, state = NEVER): Due {
    return new Due({ clock, intervalMs: WEEK, firstMs: HOUR, state });
  }

  it('is done for the first time after an agent has run for a while, over restarts', () => {
    const clock = new TwoClocks();
    const first = due(clock);
    clock.pass(HOUR / 2);
    assert.equal(first.isDue, false);
    const { state } = first;
    clock.ran = 0;
    const next = due(clock, state);
    clock.pass(HOUR / 2);
    assert.equal(next.isDue, true);
  });

  it('is made up once after the machine was off', () => {
    const clock = new TwoClocks();
    const it = due(clock);
    it.done();
    // Asleep: only the wall clock goes on.
    clock.wall += 3 * WEEK;
    assert.equal(it.isDue, true);
    it.done();
    assert.equal(it.isDue, false);
    clock.pass(WEEK);
    assert.equal(it.isDue, true);
  });

  it('is not put off by a clock that was set back', () => {
    const clock = new TwoClocks();
    const it = due(clock);
    it.done();
    clock.wall -= 52 * WEEK;
    clock.pass(WEEK - 1);
    assert.equal(it.isDue, false);
    clock.pass(1);
    assert.equal(it.isDue, true);
  });
});
