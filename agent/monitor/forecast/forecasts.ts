import type { MetricName } from '../series/metrics';
import type { Recent } from '../series/recent';
import { SAMPLE_MS } from '../series/series-store';
import { seriesKey } from '../series/metrics';
import { steadySlope, type Point } from './trend';

/** Where something goes that fills up or grows. */
export interface Forecast {
  /** Until it is full, or has reached what is too much, ms. */
  readonly leftMs: number;
  /** Bytes a second by which it grows. */
  readonly perSecond: number;
}

const MIN = 60_000;
/** A line is laid through an hour; it needs most of one to be believed. */
const LEAST_MS = 40 * MIN;
/** Two forecasts of the same thing are so far apart at least, ms: a line changes slowly. */
const EVERY_MS = MIN;

/** When disks are full and the agent takes too much memory, by how they went in the last hour. */
export class Forecasts {
  readonly #recent: Recent;
  readonly #known = new Map<string, { readonly at: number; readonly forecast: Forecast | null }>();

  constructor(recent: Recent) {
    this.#recent = recent;
  }

  /** When a disk is full. @param path as the series of the disk is called @param now monotonic ms */
  disk(path: string, now: number): Forecast | null {
    return this.#forecast('machine.disk-free', path, { now, limit: 0 });
  }

  /** When the agent takes so much memory. @param limit bytes @param now monotonic ms */
  memory(limit: number, now: number): Forecast | null {
    return this.#forecast('agent.memory', '', { now, limit });
  }

  #forecast(
    metric: MetricName,
    of: string,
    { now, limit }: { readonly now: number; readonly limit: number },
  ): Forecast | null {
    const key = seriesKey(metric, of);
    const known = this.#known.get(key);
    if (known !== undefined && now - known.at < EVERY_MS) return known.forecast;
    const points = this.#recent
      .points(key)
      .map(({ time, value }) => ({ time: (time * SAMPLE_MS) / 1_000, value }));
    const forecast = forecastOf(points, limit);
    this.#known.set(key, { at: now, forecast });
    return forecast;
  }
}

/**
 * When points reach a limit; null when they do not go there, or nobody can tell.
 * @param points by seconds
 */
export function forecastOf(points: readonly Point[], limit: number): Forecast | null {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  if ((last.time - first.time) * 1_000 < LEAST_MS) return null;
  const perSecond = steadySlope(points);
  if (perSecond === null || perSecond === 0) return null;
  const seconds = (limit - last.value) / perSecond;
  return seconds <= 0 ? null : { leftMs: seconds * 1_000, perSecond: Math.abs(perSecond) };
}
