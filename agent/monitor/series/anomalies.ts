import { AnomalyDetector, UNUSUAL } from '../forecast/anomaly';
import { partsOfKey, type MetricName } from './metrics';

/** Of what somebody waits for or that fails; the machine's own figures are wild by nature. */
const WATCHED: ReadonlySet<MetricName> = new Set([
  'component.response-p50',
  'component.error-rate',
  'agent.loop-delay',
  'worktree.journal-behind',
]);
/** Marks of a series that are remembered. */
const KEPT = 100;

interface Watched {
  readonly detector: AnomalyDetector;
  readonly marks: number[];
  sum: number;
  count: number;
  seenAt: number;
}

/** A series that was not measured for so long, ms, is another one when it comes back. */
const GONE_MS = 24 * 3_600_000;
/** Means of this time are judged, ms: the step of the series that the detector was measured with. */
const STEP_MS = 5 * 60_000;

/**
 * Marks what is unusual for a series. A mark is shown on charts; it neither tells anybody nor leads
 * to an action.
 */
export class Anomalies {
  readonly #watched = new Map<string, Watched>();
  #step = 0;

  /** Takes in means of a minute. @param at when it began, ms since 1970 */
  add(at: number, values: Iterable<readonly [string, number]>): void {
    const step = Math.floor(at / STEP_MS);
    if (step !== this.#step) this.#judge();
    this.#step = step;
    for (const [key, value] of values) {
      const watched = this.#watched.get(key) ?? this.#begin(key);
      if (watched === null || Number.isNaN(value)) continue;
      watched.seenAt = at;
      watched.sum += value;
      watched.count += 1;
    }
  }

  /** Marks of a series from a time on, oldest first, ms since 1970. */
  of(key: string, from: number): readonly number[] {
    return this.#watched.get(key)?.marks.filter((at) => at >= from) ?? [];
  }

  #judge(): void {
    const at = this.#step * STEP_MS;
    for (const [key, watched] of this.#watched) {
      if (at - watched.seenAt > GONE_MS) this.#watched.delete(key);
      if (watched.count === 0) continue;
      const isUnusual = watched.detector.add(watched.sum / watched.count) >= UNUSUAL;
      watched.sum = 0;
      watched.count = 0;
      if (isUnusual) watched.marks.push(at);
      if (watched.marks.length > KEPT) watched.marks.shift();
    }
  }

  #begin(key: string): Watched | null {
    const metric = partsOfKey(key)?.metric;
    if (metric === undefined || !WATCHED.has(metric)) return null;
    const watched = { detector: new AnomalyDetector(), marks: [], sum: 0, count: 0, seenAt: 0 };
    this.#watched.set(key, watched);
    return watched;
  }
}
