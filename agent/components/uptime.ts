import type { Clock } from '../support/clock';
import type { ComponentState, Uptime } from './component';

type Counted = 'up' | 'down' | 'not-counted';

/** Counts how long a component is up. */
export class UptimeCount {
  readonly #clock: Clock;
  #upMs = 0;
  #ofMs = 0;
  #now: Counted = 'not-counted';
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  become(state: ComponentState['kind']): void {
    const { upMs, ofMs } = this.figures;
    this.#upMs = upMs;
    this.#ofMs = ofMs;
    this.#since = this.#clock.monotonic();
    this.#now = countedAs(state);
  }

  get figures(): Uptime {
    const ms = this.#clock.monotonic() - this.#since;
    return {
      upMs: this.#upMs + (this.#now === 'up' ? ms : 0),
      ofMs: this.#ofMs + (this.#now === 'not-counted' ? 0 : ms),
    };
  }
}

/** What somebody stopped, or nobody can tell of, counts neither for nor against it. */
function countedAs(state: ComponentState['kind']): Counted {
  switch (state) {
    case 'up':
      return 'up';
    case 'down':
    case 'starting':
    case 'waiting':
    case 'backing-off':
    case 'failed':
      return 'down';
    case 'unknown':
    case 'stopping':
    case 'stopped':
    case 'unapproved':
      return 'not-counted';
  }
}
