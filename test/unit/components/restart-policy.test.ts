import assert from 'node:assert/strict';
import { findCycle } from '../../../agent/components/dependencies';
import { RestartBudget } from '../../../agent/components/process/restart-budget';
import {
  afterFailure,
  NO_RESTARTS,
  type RestartHistory,
} from '../../../agent/components/process/restart-policy';
import { ManualClock } from '../server/manual-clock';

const QUICK = { forMs: 10, startupMs: 0 };

function restarted(
  history: RestartHistory,
  now: number,
  ran = QUICK,
): { delayMs: number; history: RestartHistory } {
  const decision = afterFailure(history, now, ran, 1);
  if (decision.kind !== 'restart') throw new Error(decision.why);
  return decision;
}

describe('a component that fails again and again', () => {
  it('waits longer each time, and after five restarts in five minutes a person is needed', () => {
    let history = NO_RESTARTS;
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      const next = restarted(history, i * 1_000);
      delays.push(next.delayMs);
      history = next.history;
    }
    assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000]);
    assert.equal(afterFailure(history, 6_000, QUICK, 1).kind, 'give-up');
    const later = restarted(history, 301_000 + 4_000);
    assert.equal(later.delayMs, 32_000, 'the delay goes on where it was');
  });

  it('never waits longer than a minute, and anything down to nothing', () => {
    const history = { at: [], failures: 30 };
    assert.equal(restarted(history, 0).delayMs, 60_000);
    const lucky = afterFailure(history, 0, QUICK, 0);
    assert.ok(lucky.kind === 'restart' && lucky.delayMs === 0);
  });

  it('begins anew when it ran for a minute, or for three of its start-ups', () => {
    const history = { at: [], failures: 4 };
    assert.equal(restarted(history, 0, { forMs: 60_000, startupMs: 1_000 }).delayMs, 1_000);
    assert.equal(restarted(history, 0, { forMs: 60_000, startupMs: 30_000 }).delayMs, 16_000);
    assert.equal(restarted(history, 0, { forMs: 90_000, startupMs: 30_000 }).delayMs, 1_000);
  });

  it('does not use up more than its neighbours leave', () => {
    const clock = new ManualClock();
    const budget = new RestartBudget(clock);
    for (let i = 0; i < 10; i++) assert.equal(budget.take(), true);
    assert.equal(budget.take(), false);
    clock.advance(10 * 60_000);
    assert.equal(budget.take(), true);
  });
});

describe('dependencies', () => {
  const cycle = (graph: Record<string, string[]>): readonly string[] | null =>
    findCycle(new Map(Object.entries(graph)));

  it('may join again, but not lead back', () => {
    assert.equal(cycle({ web: ['api', 'cache'], api: ['db'], cache: ['db'], db: [] }), null);
    assert.deepEqual(cycle({ web: ['api'], api: ['db'], db: ['api'] }), ['api', 'db', 'api']);
    assert.deepEqual(cycle({ web: ['web'] }), ['web', 'web']);
    assert.equal(cycle({ web: ['not-described'] }), null);
  });
});
