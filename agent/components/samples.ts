/** How the last checks of a component went. Times in ms. */
export interface SampleFigures {
  readonly count: number;
  /** From 0 to 1. */
  readonly errorRate: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Answered checks in a second, over the time of the samples; null before there are two. */
  readonly throughput: number | null;
}

/** Ten minutes of the usual interval. */
const KEPT = 60;

/** The last checks of one component. */
export class Samples {
  readonly #samples: { readonly at: number; readonly ok: boolean; readonly ms: number }[] = [];

  /** @param at when it was answered, by the monotonic clock */
  add(at: number, ok: boolean, ms: number): void {
    this.#samples.push({ at, ok, ms });
    if (this.#samples.length > KEPT) this.#samples.shift();
  }

  clear(): void {
    this.#samples.length = 0;
  }

  /** Response times are those of checks that succeeded; the nearest-rank percentile. */
  get figures(): SampleFigures {
    const times = this.#samples.filter(({ ok }) => ok).map(({ ms }) => ms);
    times.sort((a, b) => a - b);
    const rank = (part: number): number | null =>
      times[Math.max(0, Math.ceil(part * times.length) - 1)] ?? null;
    const count = this.#samples.length;
    return {
      count,
      errorRate: count === 0 ? 0 : (count - times.length) / count,
      p50: rank(0.5),
      p95: rank(0.95),
      p99: rank(0.99),
      throughput: this.#throughput,
    };
  }

  get #throughput(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return null;
    return (1_000 * (this.#samples.length - 1)) / (last.at - first.at);
  }
}
