import assert from 'node:assert/strict';
import { AnomalyDetector, UNUSUAL } from '../../../../agent/monitor/forecast/anomaly';
import { Anomalies } from '../../../../agent/monitor/series/anomalies';
import { seriesKey } from '../../../../agent/monitor/series/metrics';
import { Seeded } from '../../../support/seeded';

/** Places of the values that are unusual. */
function unusual(values: readonly number[]): number[] {
  const detector = new AnomalyDetector();
  return values.flatMap((value, at) => (detector.add(value) >= UNUSUAL ? [at] : []));
}

describe('what is unusual', () => {
  /** Means of five minutes of response times around 25 ms. */
  const usual = (count: number, seed = 1): number[] => {
    const { next } = new Seeded(seed);
    return Array.from({ length: count }, () => 24 + next() + next() + next());
  };

  it('is a peak, at once', () => {
    const values = usual(2_000);
    values[1_500] = 60;
    assert.ok(unusual(values).includes(1_500));
  });
  it('is a lasting change, soon after it began, and once', () => {
    const values = [...usual(1_500), ...usual(500, 2).map((value) => value + 60)];
    const found = unusual(values).filter((at) => at >= 1_500);
    assert.ok(found.length >= 1 && (found[0] ?? 0) < 1_550, String(found));
    assert.ok(found.length <= 5, String(found));
  });
  it('is next to nothing of a week of usual noise', () => {
    assert.ok(unusual(usual(2_016)).length <= 2);
  });
  it('is nothing of a value that never changes, nor before there is a past', () => {
    assert.deepEqual(unusual(Array<number>(1_000).fill(7)), []);
    assert.deepEqual(unusual([1, 1, 1, 500, 1]), []);
  });
  it('is marked for what somebody waits for, not for what is wild by nature', () => {
    const anomalies = new Anomalies();
    const keys = [seriesKey('component.response-p50', 'web'), seriesKey('machine.cpu', '')];
    const MIN = 60_000;
    for (const [at, value] of [...usual(1_000), 900, ...usual(10)].entries())
      anomalies.add(
        at * MIN,
        keys.map((key) => [key, value]),
      );
    assert.deepEqual(anomalies.of(keys[0] ?? '', 900 * MIN), [1_000 * MIN]);
    assert.deepEqual(anomalies.of(keys[1] ?? '', 0), []);
  });
});
