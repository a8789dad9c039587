/** An hour of the finest resolution. */
const KEPT = 360;

/** What was measured lately, in memory: for forecasts, and for the end of a chart. */
export class Recent {
  readonly #times = new Float64Array(KEPT).fill(Number.NaN);
  readonly #series = new Map<string, Float32Array>();
  #next = 0;

  /** @param time in steps of the finest resolution since 1970 */
  add(time: number, values: ReadonlyMap<string, number>): void {
    const place = this.#next % KEPT;
    this.#next += 1;
    this.#times[place] = time;
    for (const key of values.keys())
      if (!this.#series.has(key)) this.#series.set(key, new Float32Array(KEPT).fill(Number.NaN));
    for (const [key, ring] of this.#series) {
      ring[place] = values.get(key) ?? Number.NaN;
      // Gone for an hour.
      if (place === 0 && ring.every((value) => Number.isNaN(value))) this.#series.delete(key);
    }
  }

  keys(): IterableIterator<string> {
    return this.#series.keys();
  }

  /** The points of a series from a time on, oldest first; those without a value are left out. */
  points(key: string, fromTime = Number.NEGATIVE_INFINITY): { time: number; value: number }[] {
    const ring = this.#series.get(key);
    if (ring === undefined) return [];
    const points: { time: number; value: number }[] = [];
    for (let at = Math.max(0, this.#next - KEPT); at < this.#next; at++) {
      const time = this.#times[at % KEPT] ?? Number.NaN;
      const value = ring[at % KEPT] ?? Number.NaN;
      if (time >= fromTime && !Number.isNaN(value)) points.push({ time, value });
    }
    return points;
  }
}
