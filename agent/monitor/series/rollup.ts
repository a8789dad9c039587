/** Means and maxima over a longer step than that of the samples. */
export class Rollup {
  readonly #steps: number;
  #bucket: number | null = null;
  #sums = new Map<string, { sum: number; max: number; count: number }>();

  /** @param steps how many steps of the samples make one */
  constructor(steps: number) {
    this.#steps = steps;
  }

  /**
   * Adds samples of a time; when a bucket is over by that, gives it back: its place in time, in
   * its own steps, and for each series mean and maximum.
   */
  add(
    time: number,
    values: ReadonlyMap<string, number>,
  ): { readonly time: number; readonly values: ReadonlyMap<string, readonly number[]> } | null {
    const bucket = Math.floor(time / this.#steps);
    const before = this.#bucket;
    const over =
      before === null || before === bucket ? null : { time: before, values: this.#take() };
    this.#bucket = bucket;
    for (const [key, value] of values) {
      const known = this.#sums.get(key);
      if (known === undefined) this.#sums.set(key, { sum: value, max: value, count: 1 });
      else {
        known.sum += value;
        known.max = Math.max(known.max, value);
        known.count += 1;
      }
    }
    return over;
  }

  #take(): ReadonlyMap<string, readonly number[]> {
    const taken = new Map<string, readonly number[]>();
    for (const [key, { sum, max, count }] of this.#sums) taken.set(key, [sum / count, max]);
    this.#sums = new Map();
    return taken;
  }
}
