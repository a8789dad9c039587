import type { Clock } from '../../support/clock';
import { throwIfAborted } from '../../support/errors';

/** How much of the machine work in the background may take. */
export interface Budget {
  /** Read from the disk, bytes a second. */
  readonly bytesPerSecond: number;
  /** Of one thread's time, 0 to 1. */
  readonly cpuShare: number;
}

/** Keeps work in the background to its budget: after each step it rests as long as the step asks for. */
export class Pace {
  readonly #clock: Clock;
  readonly #budget: Budget;
  readonly #signal: AbortSignal;
  readonly #whenQuiet: () => Promise<void>;
  #resumed: number;

  /** @param whenQuiet resolves when nothing more urgent runs */
  constructor(options: {
    clock: Clock;
    budget: Budget;
    signal: AbortSignal;
    whenQuiet: () => Promise<void>;
  }) {
    this.#clock = options.clock;
    this.#budget = options.budget;
    this.#signal = options.signal;
    this.#whenQuiet = options.whenQuiet;
    this.#resumed = options.clock.monotonic();
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Called before a step whose waiting for something else must not count as work. */
  begin(): void {
    this.#resumed = this.#clock.monotonic();
  }

  /**
   * Rests after a step.
   * @param bytes that it has read from the disk
   * @throws BulwarkError `cancelled`
   */
  async rest(bytes: number): Promise<void> {
    throwIfAborted(this.#signal);
    const busy = this.#clock.monotonic() - this.#resumed;
    const byBytes = (bytes / this.#budget.bytesPerSecond) * 1000;
    const length = Math.max(byBytes, busy / this.#budget.cpuShare) - busy;
    if (length > 0) await this.#clock.sleep(length, this.#signal);
    throwIfAborted(this.#signal);
    await this.#whenQuiet();
    this.begin();
  }
}
