import { join } from 'node:path';
import type { Clock } from '../../support/clock';
import { Emitter } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { Anomalies } from './anomalies';
import { chart, type Chart, type ChartLine, type ChartRequest } from './chart';
import {
  isMetricName,
  METRICS,
  partsOfKey,
  seriesKey,
  type Metric,
  type MetricName,
  type Sample,
} from './metrics';
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
/** What was unusual counts as news for so long, ms: three of the means that are judged. */
const LATELY_MS = 15 * MIN;
/** Whoever asked for a chart within this time, ms, is told of new samples. */
const ASKED_MS = 2 * MIN;

/** A metric under its name. */
export interface KnownMetric extends Metric {
  readonly metric: string;
}

/** A chart whose lines are marked where something unusual was measured: ms since 1970, oldest first. */
export interface MarkedChart extends Chart {
  readonly lines: readonly (ChartLine & { readonly unusual: readonly number[] })[];
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
  readonly #anomalies = new Anomalies();
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
    for (const level of this.#levels) this.#addTo(level, time, values);
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
  ): Promise<KnownMetric & MarkedChart> {
    const { metric } = request;
    if (!isMetricName(metric))
      throw new BulwarkError('metric-unknown', `there is no metric ${metric}`, {
        hint: 'The method metrics/list tells which there are.',
      });
    this.#askedAt = this.#clock.monotonic();
    await this.flush();
    const logs = this.#levels.map(({ log }) => log);
    const sources = { logs, recent: this.recent, now: this.#clock.now() };
    const drawn = await chart(sources, { ...request, metric });
    const lines = drawn.lines.map((line) => ({
      ...line,
      unusual: this.#anomalies.of(seriesKey(metric, line.of), drawn.from),
    }));
    return { metric, ...METRICS[metric], ...drawn, lines };
  }

  /** Whether what was measured of something in the last minutes is unusual for it. */
  isUnusual(metric: MetricName, of: string): boolean {
    const from = this.#clock.now() - LATELY_MS;
    return this.#anomalies.of(seriesKey(metric, of), from).length > 0;
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

  /** What earlier agents measured: what is usual, the last hour, and what of it was not rolled up yet. */
  async #recall(): Promise<void> {
    const now = this.#clock.now();
    const [finest, ...coarser] = this.#levels;
    if (finest === undefined) return;
    const minutes = coarser.find(({ log }) => log.resolution.stepMs === MIN)?.log;
    await minutes?.read(now - minutes.resolution.keepMs, now, (time, { keys, values }) => {
      const means = keys.map((key, at) => [key, values[2 * at] ?? Number.NaN] as const);
      this.#anomalies.add(time * MIN, means);
    });
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
        if (Math.floor(time / steps) > (level.log.lastTick ?? -1))
          this.#addTo(level, time, present);
      }
    });
  }

  #addTo({ log, rollup }: Level, time: number, values: ReadonlyMap<string, number>): void {
    if (rollup === null) {
      log.add(time, new Map([...values].map(([key, value]) => [key, [value]])));
      return;
    }
    const over = rollup.add(time, values);
    if (over === null) return;
    log.add(over.time, over.values);
    const { stepMs } = log.resolution;
    if (stepMs === MIN) this.#anomalies.add(over.time * stepMs, meansOf(over.values));
  }
}

function meansOf(values: ReadonlyMap<string, readonly number[]>): [string, number][] {
  return [...values].map(([key, [mean = Number.NaN]]) => [key, mean]);
}
