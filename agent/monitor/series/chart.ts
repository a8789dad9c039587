import { partsOfKey, type MetricName } from './metrics';
import type { Recent } from './recent';
import type { ResolutionLog } from './resolution-log';

/** What somebody wants to draw. Times in ms since 1970. */
export interface ChartRequest {
  readonly metric: MetricName;
  /** Only the series of this label value; null for all of the metric. */
  readonly of: string | null;
  readonly from: number;
  readonly to: number;
  /** Between two points; raised to what is kept of that time, and where there would be too many. */
  readonly stepMs: number;
}

/** A series on a chart: one point a step. */
export interface ChartLine {
  readonly of: string;
  /** Null where nothing was measured. */
  readonly mean: (number | null)[];
  readonly max: (number | null)[];
}

export interface Chart {
  /** Of the first point, ms since 1970: the beginning of its step. */
  readonly from: number;
  readonly stepMs: number;
  readonly lines: readonly ChartLine[];
  /** Lines that were left out because there are too many. */
  readonly left: number;
}

const MAX_POINTS = 2_000;
const MAX_LINES = 100;

class Buckets {
  readonly #from: number;
  readonly #stepMs: number;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly #maxima: Float64Array;

  constructor(from: number, stepMs: number, count: number) {
    this.#from = from;
    this.#stepMs = stepMs;
    this.#sums = new Float64Array(count);
    this.#counts = new Float64Array(count);
    this.#maxima = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  add(at: number, mean: number, max: number): void {
    const place = Math.floor((at - this.#from) / this.#stepMs);
    if (Number.isNaN(mean) || place < 0 || place >= this.#sums.length) return;
    this.#sums[place] = (this.#sums[place] ?? 0) + mean;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#maxima[place] = Math.max(this.#maxima[place] ?? max, max);
  }

  get mean(): (number | null)[] {
    return Array.from(this.#sums, (sum, place) => {
      const count = this.#counts[place] ?? 0;
      return count === 0 ? null : sum / count;
    });
  }

  get max(): (number | null)[] {
    return Array.from(this.#maxima, (max) => (Number.isFinite(max) ? max : null));
  }
}

/** Reads a chart: from the coarsest resolution that is as fine as its step, and from memory what is not there yet. */
export async function chart(
  {
    logs,
    recent,
    now,
  }: { readonly logs: readonly ResolutionLog[]; readonly recent: Recent; readonly now: number },
  request: ChartRequest,
): Promise<Chart> {
  const { metric, of } = request;
  const to = Math.min(request.to, now);
  const wanted = Math.max(request.stepMs, (to - request.from) / MAX_POINTS);
  const log = logFor(logs, { from: request.from, now, stepMs: wanted });
  const [finest] = logs;
  if (log === undefined || finest === undefined || to < request.from)
    return { from: request.from, stepMs: request.stepMs, lines: [], left: 0 };
  const { stepMs: kept, width } = log.resolution;
  const stepMs = Math.ceil(wanted / kept) * kept;
  const from = Math.floor(request.from / stepMs) * stepMs;
  const count = Math.floor((to - from) / stepMs) + 1;
  const lines = new Map<string, Buckets>();
  const left = new Set<string>();
  const lineOf = (key: string): Buckets | null => {
    const parts = partsOfKey(key);
    if (parts?.metric !== metric || (of !== null && parts.of !== of)) return null;
    const known = lines.get(parts.of);
    if (known !== undefined) return known;
    if (lines.size >= MAX_LINES) {
      left.add(parts.of);
      return null;
    }
    const line = new Buckets(from, stepMs, count);
    lines.set(parts.of, line);
    return line;
  };
  const buckets: (Buckets | null)[] = [];
  let segment: readonly string[] | null = null;
  let until = Number.NEGATIVE_INFINITY;
  await log.read(from, to, (time, { keys, values }) => {
    // Another segment numbers its series anew.
    if (keys !== segment) buckets.length = 0;
    segment = keys;
    while (buckets.length < keys.length) buckets.push(lineOf(keys[buckets.length] ?? ''));
    for (const [number, line] of buckets.entries()) {
      if (line === null) continue;
      const mean = values[number * width] ?? Number.NaN;
      line.add(time * kept, mean, values[number * width + width - 1] ?? mean);
    }
    until = Math.max(until, (time + 1) * kept);
  });
  const { stepMs: sampleMs } = finest.resolution;
  for (const key of recent.keys()) {
    const points = recent.points(key, Math.max(until, from) / sampleMs);
    if (points.length === 0) continue;
    const line = lineOf(key);
    for (const { time, value } of points) line?.add(time * sampleMs, value, value);
  }
  return {
    from,
    stepMs,
    left: left.size,
    lines: [...lines]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, line]) => ({ of: name, mean: line.mean, max: line.max })),
  };
}

function logFor(
  logs: readonly ResolutionLog[],
  { from, now, stepMs }: { from: number; now: number; stepMs: number },
): ResolutionLog | undefined {
  const reaching = logs.filter(({ resolution }) => from >= now - resolution.keepMs);
  return (
    reaching.filter(({ resolution }) => resolution.stepMs <= stepMs).at(-1) ??
    reaching[0] ??
    logs.at(-1)
  );
}
