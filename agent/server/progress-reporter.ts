import type { Progress } from '../protocol/entities';
import type { Clock } from '../support/clock';

/** Passes on the first and last report of each phase, and in between no more than a few a second. */
export class ProgressReporter {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #send: (value: Progress) => void;
  #phase: Progress['phase'] | null = null;
  #sentAt = 0;

  constructor(clock: Clock, intervalMs: number, send: (value: Progress) => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#send = send;
  }

  report(value: Progress): void {
    const now = this.#clock.monotonic();
    const due = now - this.#sentAt >= this.#intervalMs;
    if (!due && value.phase === this.#phase && value.done !== value.total) return;
    this.#phase = value.phase;
    this.#sentAt = now;
    this.#send(value);
  }
}
