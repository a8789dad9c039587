import type { Moment } from './machine';

/** A turn that is so much later than it should be, by either clock, ms, means that the machine slept. */
const LATE_MS = 15_000;

/** Notices from regular turns that the machine slept, was stopped, or had its clock set. */
export class SleepWatch {
  readonly #everyMs: number;
  #last: Moment | null = null;

  /** @param everyMs time between two calls of {@link turn} */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** @returns whether the time since the last turn cannot be trusted */
  turn(now: Moment): boolean {
    const last = this.#last;
    this.#last = now;
    if (last === null) return false;
    const mono = now.mono - last.mono;
    const wall = now.wall - last.wall;
    return mono > this.#everyMs + LATE_MS || Math.abs(wall - mono) > LATE_MS;
  }
}
