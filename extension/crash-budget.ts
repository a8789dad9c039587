/** Counts crashes in a sliding window, so that a broken agent is not started for ever. */
export class CrashBudget {
  readonly #limit: number;
  readonly #windowMs: number;
  #crashes: number[] = [];

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Notes a crash at `now` (milliseconds); tells whether the budget is used up. */
  spend(now: number): boolean {
    this.#crashes = this.#crashes.filter((at) => now - at < this.#windowMs);
    this.#crashes.push(now);
    return this.#crashes.length >= this.#limit;
  }

  /** Forgets the crashes: a person asked to try again. */
  reset(): void {
    this.#crashes = [];
  }
}
