import { z } from 'zod';
import type { Clock } from '../../support/clock';

/** When something was last done, as it is kept over restarts. */
export const dueState = z.object({
  /** Ms since 1970 by the wall clock; null for never. */
  lastAt: z.number().nullable(),
  /** Ms that an agent has run since. */
  ranMs: z.number().nonnegative(),
});
export type DueState = z.infer<typeof dueState>;

export const NEVER: DueState = { lastAt: null, ranMs: 0 };

/**
 * Tells when something that is done at intervals is due: when the wall clock says so, or when the
 * agent itself has run for as long. So a machine that was off makes it up once, and a clock that
 * was set back cannot put it off for ever.
 */
export class Due {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #firstMs: number;
  #lastAt: number | null;
  #ranMs: number;
  #since: number;

  /** @param firstMs how long an agent runs before it is done for the very first time */
  constructor(options: { clock: Clock; intervalMs: number; firstMs: number; state: DueState }) {
    this.#clock = options.clock;
    this.#intervalMs = options.intervalMs;
    this.#firstMs = options.firstMs;
    this.#lastAt = options.state.lastAt;
    this.#ranMs = options.state.ranMs;
    this.#since = options.clock.monotonic();
  }

  get isDue(): boolean {
    return this.leftMs <= 0;
  }

  /** How long it may take until it is due, ms; never more than the interval. */
  get leftMs(): number {
    const { ranMs, lastAt } = this.state;
    if (lastAt === null) return this.#firstMs - ranMs;
    const byWall = this.#intervalMs - Math.max(0, this.#clock.now() - lastAt);
    return Math.min(byWall, this.#intervalMs - ranMs);
  }

  get state(): DueState {
    const ranMs = this.#ranMs + Math.max(0, this.#clock.monotonic() - this.#since);
    return { lastAt: this.#lastAt, ranMs };
  }

  /** It was done just now. */
  done(): void {
    this.#lastAt = this.#clock.now();
    this.#ranMs = 0;
    this.#since = this.#clock.monotonic();
  }
}
