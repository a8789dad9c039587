import type { Clock } from '../../../agent/support/clock';

/** How a wait is bounded. */
export interface UntilOptions {
  readonly clock: Clock;
  /** Milliseconds after which the wait fails. */
  readonly within: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

/**
 * Looks again and again until `look` gives something other than undefined or false, and returns it.
 * Fails with `what` when that does not happen in time, with the last error of `look` as its cause.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { clock, within, every = 100 }: UntilOptions,
): Promise<T> {
  const end = clock.monotonic() + within;
  for (;;) {
    let cause: unknown;
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    if (clock.monotonic() > end) {
      throw new Error(`waited ${String(within)} ms for ${what}`, { cause });
    }
    await clock.sleep(every);
  }
}
