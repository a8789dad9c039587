import type { Clock, Timer } from '../../../agent/support/clock';

/** Longer than whatever a loss guard waits for, ms. */
const STEP_MS = 120_000;

/** A clock on which nothing is late and nothing comes by itself: its timers wait until they are let go. */
export class HeldClock implements Clock {
  readonly #wall: Clock;
  readonly #waiting = new Set<() => void>();
  #time = 0;

  /** @param wall tells the time of day */
  constructor(wall: Clock) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall.now();
  }

  monotonic(): number {
    return this.#time;
  }

  setTimeout(fn: () => void): Timer {
    this.#waiting.add(fn);
    return { cancel: () => void this.#waiting.delete(fn) };
  }

  sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.setTimeout(resolve);
    });
  }

  /** Time passes in which nothing is due. */
  pass(ms: number): void {
    this.#time += ms;
  }

  /** Lets all of them go. @returns whether there were any */
  release(): boolean {
    this.#time += STEP_MS;
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const fn of due) fn();
    return due.length > 0;
  }
}
