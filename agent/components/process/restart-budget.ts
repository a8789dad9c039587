import type { Clock } from '../../support/clock';

const BUDGET = 10;
const BUDGET_MS = 10 * 60_000;

/** Restarts that the components of one scope (a repository, or the user's own) may have together. */
export class RestartBudget {
  readonly #clock: Clock;
  #at: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one of ten in ten minutes. @returns whether there was one left */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#at = this.#at.filter((one) => now - one < BUDGET_MS);
    if (this.#at.length >= BUDGET) return false;
    this.#at.push(now);
    return true;
  }
}
