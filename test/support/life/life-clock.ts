import type { Clock, Timer } from '../../../agent/support/clock';
import { systemClock } from '../../../agent/support/clock';

interface Waiting {
  readonly due: number;
  readonly fire: () => void;
}

/** What is shorter than this really passes; what is longer waits until the life lets time pass. Ms. */
const REAL_MS = 5_000;
const START = Date.UTC(2026, 0, 5, 9);

/** A clock whose hours pass when the life says so, and whose wall time can be set to anything. */
export class LifeClock implements Clock {
  #wall = START;
  /** Time that has passed beside the real one, ms. */
  #passed = 0;
  readonly #waiting = new Set<Waiting>();

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#passed;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    if (ms <= REAL_MS) return systemClock.setTimeout(fn, ms);
    const waiting = { due: this.#passed + ms, fire: fn };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= REAL_MS) await systemClock.sleep(ms, signal);
    else
      await new Promise<void>((resolve) => {
        const timer = this.setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          resolve();
        });
      });
  }

  /** The wall clock is set, or the machine has slept: no timer has moved on. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Time passes, timer by timer. @param rest lets what a timer has begun come to its end */
  async pass(ms: number, rest: () => Promise<void>): Promise<void> {
    const end = this.#passed + ms;
    for (;;) {
      const next = [...this.#waiting].sort((a, b) => a.due - b.due).find(({ due }) => due <= end);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#moveTo(Math.max(next.due, this.#passed));
      next.fire();
      await rest();
    }
    this.#moveTo(end);
  }

  /** Nothing that was waited for comes any more. */
  forget(): void {
    this.#waiting.clear();
  }

  #moveTo(passed: number): void {
    this.#wall += passed - this.#passed;
    this.#passed = passed;
  }
}
