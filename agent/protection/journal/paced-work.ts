import type { Clock, Timer } from '../../support/clock';

export interface PacedWorkOptions {
  /** Does the work; it knows itself what there is to do. @returns bytes that it stored */
  run(): Promise<number>;
  /** The rest after a turn, in parts of what the turn took. */
  readonly rest: number;
  /** Whether something else matters more just now: then every rest is the longest. */
  givesWay?(): boolean;
  readonly clock: Clock;
}

/** However much there is to do, the next turn begins this soon, ms: what was on disk for a second is kept. */
const LONGEST_REST_MS = 700;
/** Bytes stored each second that a source may cause before its turns become rarer. */
const BYTES_A_SECOND = 1024 * 1024;

/**
 * Work that is asked for by events: it begins at once, what is asked for meanwhile shares the next
 * turn, and the more a turn costs the longer the rest before the next one.
 */
export class PacedWork {
  readonly #options: PacedWorkOptions;
  #running = false;
  #again = false;
  #notBefore = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: PacedWorkOptions) {
    this.#options = options;
  }

  /** There is something to do. Costs the caller next to nothing. */
  ask(): void {
    if (this.#closed || this.#timer !== null) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    const { clock } = this.#options;
    this.#timer = clock.setTimeout(
      () => {
        this.#timer = null;
        void this.#turn();
      },
      Math.max(0, this.#notBefore - clock.monotonic()),
    );
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #turn(): Promise<void> {
    const { clock, rest } = this.#options;
    if (this.#closed) return;
    this.#running = true;
    const started = clock.monotonic();
    let bytes = 0;
    try {
      bytes = await this.#options.run();
    } finally {
      const now = clock.monotonic();
      const longest = this.#options.givesWay?.() === true;
      const pause = longest
        ? LONGEST_REST_MS
        : Math.max((now - started) * rest, (bytes / BYTES_A_SECOND) * 1000);
      this.#notBefore = now + Math.min(LONGEST_REST_MS, pause);
      this.#running = false;
      const again = this.#again;
      this.#again = false;
      if (again) this.ask();
    }
  }
}
