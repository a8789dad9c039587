import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState as State,
  ConsecutiveBreaker,
  handleAll,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { Emitter } from '../support/emitter';

/** `closed`: all goes through; `open`: nothing does for a while; `half-open`: one tries. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** When a circuit opens, and for how long. */
export interface CircuitLimits {
  /** So many failures in a row. */
  readonly failures: number;
  /** Ms until one is let through to try. */
  readonly openMs: number;
}

const GOOD = 'good';
const BAD = 'bad';

/** All circuit breakers of the agent, by name. */
export class Breakers {
  /** The name of a breaker whose state is another one. */
  readonly onChange = new Emitter<string>();
  readonly #breakers = new Map<string, Breaker>();

  /** The breaker of this name; made when there is none. */
  get(name: string, limits: CircuitLimits): Breaker {
    const known = this.#breakers.get(name);
    if (known !== undefined) return known;
    const made = new Breaker(limits, () => this.onChange.emit(name));
    this.#breakers.set(name, made);
    return made;
  }

  /** Of what is gone. */
  drop(name: string): void {
    this.#breakers.delete(name);
  }

  /** Those that let not everything through, and all others. */
  list(): { readonly name: string; readonly state: CircuitState }[] {
    return [...this.#breakers].map(([name, { state }]) => ({ name, state }));
  }
}

/** Keeps from doing again and again what fails again and again. */
export class Breaker {
  readonly #limits: CircuitLimits;
  readonly #onChange: () => void;
  #policy: CircuitBreakerPolicy;
  /** Somebody asked that the next one may try. */
  #mayTry = false;

  constructor(limits: CircuitLimits, onChange: () => void) {
    this.#limits = limits;
    this.#onChange = onChange;
    this.#policy = this.#make();
  }

  get state(): CircuitState {
    switch (this.#policy.state) {
      case State.Closed:
        return 'closed';
      case State.HalfOpen:
        return 'half-open';
      default:
        return this.#mayTry ? 'half-open' : 'open';
    }
  }

  /**
   * Runs `fn` unless the circuit is open. What it throws counts as a failure and is the caller's.
   * @returns null when the circuit is open
   */
  async run<T>(fn: () => Promise<T>, isGood: (result: T) => boolean): Promise<T | null> {
    const kept: T[] = [];
    try {
      await this.#policy.execute(async () => {
        this.#mayTry = false;
        const value = await fn();
        kept.push(value);
        return isGood(value) ? GOOD : BAD;
      });
    } catch (error) {
      if (error instanceof BrokenCircuitError) return null;
      throw error;
    }
    return kept[0] ?? null;
  }

  /** Lets the next one through; only its success closes the circuit. */
  halfOpen(): void {
    if (this.state !== 'open') return;
    this.#policy = this.#make({
      ownState: { value: State.Open, openedAt: 0, attemptNo: 1 },
      breakerState: this.#limits.failures,
    });
    this.#mayTry = true;
    this.#onChange();
  }

  #make(initialState?: object): CircuitBreakerPolicy {
    const { failures, openMs } = this.#limits;
    const policy = circuitBreaker(
      handleAll.orWhenResult((result) => result === BAD),
      {
        halfOpenAfter: openMs,
        breaker: new ConsecutiveBreaker(failures),
        ...(initialState === undefined ? {} : { initialState }),
      },
    );
    policy.onStateChange(() => this.#onChange());
    return policy;
  }
}
