import { systemClock, type Clock, type Timer } from '../../agent/support/clock';

interface Waiting {
  readonly due: number;
  readonly fn: () => void;
  timer: Timer;
}

/**
 * A clock whose speed a test sets as it goes: as fast as the machine's while something is done,
 * faster while nothing is. It can be set, and the machine that it is in can sleep.
 */
export class DayClock implements Clock {
  #speed = 1;
  #since = systemClock.monotonic();
  #passed = 0;
  /** What the wall shows beyond what has passed. */
  #wall = systemClock.now();
  readonly #waiting = new Set<Waiting>();

  now(): number {
    return Math.round(this.#wall + this.monotonic());
  }

  monotonic(): number {
    return this.#passed + (systemClock.monotonic() - this.#since) * this.#speed;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const due = this.monotonic() + Math.max(0, ms);
    const waiting: Waiting = { due, fn, timer: this.#timer(() => this.#ring(waiting), due) };
    this.#waiting.add(waiting);
    return {
      cancel: () => {
        waiting.timer.cancel();
        this.#waiting.delete(waiting);
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** @param speed so many times as fast as the machine's */
  go(speed: number): void {
    this.#passed = this.monotonic();
    this.#since = systemClock.monotonic();
    this.#speed = speed;
    this.#armAnew();
  }

  /** The machine slept: on Linux only the wall clock has gone on. @param ms how long */
  slept(ms: number): void {
    this.#wall += ms;
  }

  /** The machine slept, on a system where all of its clocks go on. */
  sleptWithAllClocks(ms: number): void {
    this.#passed += ms;
    this.#armAnew();
  }

  /** Somebody set the clock. @param ms forward, or back when negative */
  set(ms: number): void {
    this.#wall += ms;
  }

  #armAnew(): void {
    for (const waiting of this.#waiting) {
      waiting.timer.cancel();
      waiting.timer = this.#timer(() => this.#ring(waiting), waiting.due);
    }
  }

  #timer(fn: () => void, due: number): Timer {
    return systemClock.setTimeout(fn, Math.max(0, due - this.monotonic()) / this.#speed);
  }

  #ring(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.fn();
  }
}
