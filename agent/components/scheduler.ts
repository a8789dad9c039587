import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../support/clock';

/** Something that is done again and again. */
export interface Check {
  readonly id: string;
  readonly intervalMs: number;
  /** Must settle by itself: it has its own time limit. What it resolves to is its own. */
  run(signal: AbortSignal): Promise<unknown>;
}

interface Entry {
  readonly check: Check;
  readonly stop: AbortController;
  timer: Timer | null;
  running: Promise<unknown> | null;
}

/**
 * Runs each check once an interval, at a place in the interval that its id gives, so that checks
 * are spread out; never two at once of the same check.
 */
export class CheckScheduler {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a check, in the place of an earlier one of this id. It first runs within a second. */
  add(check: Check): void {
    this.remove(check.id);
    const entry: Entry = { check, stop: new AbortController(), timer: null, running: null };
    this.#entries.set(check.id, entry);
    this.#arm(entry, placeOf(check.id) * Math.min(1_000, check.intervalMs));
  }

  /** Runs a check at once, beside its turn; does nothing while it runs. */
  async now(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry !== undefined) await this.#run(entry);
  }

  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    entry.timer?.cancel();
    entry.stop.abort();
  }

  /** Ends all checks and waits for those that run. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    for (const { check } of entries) this.remove(check.id);
    for (const { running } of entries) await running;
  }

  #arm(entry: Entry, ms: number): void {
    entry.timer = this.#clock.setTimeout(() => {
      // The next turn is counted from this one, however long the check takes.
      this.#arm(entry, this.#untilNext(entry.check));
      void this.#run(entry);
    }, ms);
  }

  /** Ms until the next moment whose place in the interval is this check's. */
  #untilNext({ id, intervalMs }: Check): number {
    const place = placeOf(id) * intervalMs;
    const wait = intervalMs - ((this.#clock.monotonic() - place) % intervalMs);
    // The timer may come a bit early: then the next place is still this one.
    return wait < intervalMs / 2 ? wait + intervalMs : wait;
  }

  #run(entry: Entry): Promise<unknown> {
    if (entry.running !== null) return entry.running;
    if (entry.stop.signal.aborted) return Promise.resolve();
    const running = entry.check.run(entry.stop.signal).finally(() => {
      entry.running = null;
    });
    entry.running = running;
    return running;
  }
}

/** A place from 0 up to 1 that is the same for the same id, and evenly spread over ids. */
export function placeOf(id: string): number {
  return createHash('sha256').update(id, 'utf8').digest().readUInt32BE(0) / 2 ** 32;
}
