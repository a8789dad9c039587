import { join } from 'node:path';
import type { Clock } from '../../support/clock';
import { Emitter } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { chart, type Chart, type ChartRequest } from './chart';
import { isMetricName, METRICS, partsOfKey, seriesKey, type Metric, type Sample } from './metrics';
import { Recent } from './recent';
import { ResolutionLog, type Resolution } from './resolution-log';
import { Rollup } from './rollup';

const S = 1_000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

/** Between two samples, ms. */
export const SAMPLE_MS = 10 * S;

/** The finest first. Rolled up ones hold means and maxima. */
const RESOLUTIONS = [
  { name: '10s', stepMs: SAMPLE_MS, spanMs: HOUR, keepMs: DAY, width: 1 },
  { name: '1min', stepMs: MIN, spanMs: 6 * HOUR, keepMs: 7 * DAY, width: 2 },
  { name: '10min', stepMs: 10 * MIN, spanMs: 3 * DAY, keepMs: 90 * DAY, width: 2 },
] as const satisfies readonly Resolution[];

/** Beyond this many series at a time, further ones are not kept. */
const MAX_SERIES = 4_000;
/** Samples between two writes: what a crash loses is at most a minute. */
const FLUSH_SAMPLES = 6;
/** Whoever asked for a chart within this time, ms, is told of new samples. */
const ASKED_MS = 2 * MIN;

/** A metric under its name. */
export interface KnownMetric extends Metric {
  readonly metric: string;
}

interface Level {
  readonly log: ResolutionLog;
  readonly rollup: Rollup | null;
}

/** All figures over time: kept finely for a day, coarser for a week and for 90 days. */
export class SeriesStore {
  /** The time of samples that were added, ms since 1970; told while somebody asks for charts. */
  readonly onSampled = new Emitter<number>();
  readonly recent = new Recent();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #levels: readonly Level[];
  readonly #writing = new Mutex();
  #lastTime = Number.NEGATIVE_INFINITY;
  #sinceFlush = 0;
  #full = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  private constructor(clock: Clock, log: Log, levels: readonly Level[]) {
    this.#clock = clock;
    this.#log = log;
    this.#levels = levels;
  }

  /** @param folder is made where it is not there @throws BulwarkError when it cannot be read */
  static async open({
    folder,
    clock,
    log,
  }: {
    folder: string;
    clock: Clock;
    log: Log;
  }): Promise<SeriesStore> {
    const levels: Level[] = [];
    for (const resolution of RESOLUTIONS)
      levels.push({
        log: await ResolutionLog.open(resolution, join(folder, resolution.name), {
          log,
          now: clock.now(),
        }),
        rollup: resolution.width === 1 ? null : new Rollup(resolution.stepMs / SAMPLE_MS),
      });
    const store = new SeriesStore(clock, log, levels);
    await store.#recall();
    return store;
  }

  /** On the disk. */
  get bytes(): number {
    return this.#levels.reduce((sum, { log }) => sum + log.bytes, 0);
  }

  /** Adds what was measured now. A second time within one step of the finest resolution is passed over. */
  record(samples: readonly Sample[]): void {
    const now = this.#clock.now();
    const time = Math.floor(now / SAMPLE_MS);
    if (time === this.#lastTime) return;
    this.#lastTime = time;
    const values = new Map<string, number>();
    for (const { metric, of, value } of samples) {
      if (!Number.isFinite(value)) continue;
      if (values.size >= MAX_SERIES) {
        if (!this.#full) this.#log.warn('There are too many series; further ones are not kept');
        this.#full = true;
        break;
      }
      values.set(seriesKey(metric, of), value);
    }
    this.recent.add(time, values);
    for (const level of this.#levels) addTo(level, time, values);
    this.#sinceFlush += 1;
    if (this.#sinceFlush >= FLUSH_SAMPLES) void this.flush();
    if (this.#clock.monotonic() - this.#askedAt < ASKED_MS) this.onSampled.emit(time * SAMPLE_MS);
  }

  /** All metrics, each with what it was measured of in the last hour. */
  list(): (KnownMetric & { readonly of: readonly string[] })[] {
    const seen = new Map<string, string[]>();
    for (const key of this.recent.keys()) {
      const parts = partsOfKey(key);
      if (parts !== null) seen.set(parts.metric, [...(seen.get(parts.metric) ?? []), parts.of]);
    }
    return Object.entries(METRICS).map(([metric, kind]) => ({
      metric,
      ...kind,
      of: (seen.get(metric) ?? []).sort(),
    }));
  }

  /**
   * Figures of a time, ready to be drawn.
   * @throws BulwarkError `metric-unknown`
   */
  async chart(
    request: Omit<ChartRequest, 'metric'> & { readonly metric: string },
  ): Promise<KnownMetric & Chart> {
    const { metric } = request;
    if (!isMetricName(metric))
      throw new BulwarkError('metric-unknown', `there is no metric ${metric}`, {
        hint: 'The method metrics/list tells which there are.',
      });
    this.#askedAt = this.#clock.monotonic();
    await this.flush();
    const logs = this.#levels.map(({ log }) => log);
    const sources = { logs, recent: this.recent, now: this.#clock.now() };
    return { metric, ...METRICS[metric], ...(await chart(sources, { ...request, metric })) };
  }

  /** Writes what was not written. Never rejects. */
  flush(): Promise<void> {
    this.#sinceFlush = 0;
    return this.#writing.run(async () => {
      for (const { log } of this.#levels) await log.flush(this.#clock.now());
    });
  }

  close(): Promise<void> {
    return this.flush();
  }

  /** The last hour of an earlier agent: into memory, and what of it was not rolled up yet. */
  async #recall(): Promise<void> {
    const now = this.#clock.now();
    const [finest, ...coarser] = this.#levels;
    if (finest === undefined) return;
    await finest.log.read(now - HOUR, now, (time, { keys, values }) => {
      const present = new Map<string, number>();
      for (const [number, key] of keys.entries()) {
        const value = values[number] ?? Number.NaN;
        if (!Number.isNaN(value)) present.set(key, value);
      }
      this.recent.add(time, present);
      this.#lastTime = time;
      for (const level of coarser) {
        const steps = level.log.resolution.stepMs / SAMPLE_MS;
        if (Math.floor(time / steps) > (level.log.lastTick ?? -1)) addTo(level, time, present);
      }
    });
  }
}

function addTo({ log, rollup }: Level, time: number, values: ReadonlyMap<string, number>): void {
  if (rollup === null) {
    log.add(time, new Map([...values].map(([key, value]) => [key, [value]])));
    return;
  }
  const over = rollup.add(time, values);
  if (over !== null) log.add(over.time, over.values);
}
