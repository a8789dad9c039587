import type { Clock } from '../support/clock';

/** Lets a steady rate pass, and bursts up to a size. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #size: number;
  #tokens: number;
  #filledAt: number;

  /** @param size how many may pass at once after a quiet time */
  constructor(clock: Clock, perSecond: number, size: number) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#size = size;
    this.#tokens = size;
    this.#filledAt = clock.monotonic();
  }

  /** Whether one more may pass now; takes it if so. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#size, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
