import type { ComponentRegistry } from '../components/component-registry';
import type { Clock, Timer } from '../support/clock';
import type { Log } from '../support/log';

const HOUR_MS = 3_600_000;
/** Hours of being up after which a process gets one step less. */
const WELL_HOURS = 24;

/** Takes back, step by step, what processes were given beyond their description, once they do well. */
export class StepBack {
  readonly #components: ComponentRegistry;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #hours = new Map<string, number>();
  #timer: Timer | null = null;

  constructor(components: ComponentRegistry, { clock, log }: { clock: Clock; log: Log }) {
    this.#components = components;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#timer = this.#clock.setTimeout(() => {
      void this.#look().catch((error: unknown) => {
        this.#log.warn('What processes were given cannot be taken back', { error });
      });
      this.start();
    }, HOUR_MS);
  }

  close(): void {
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    for (const { id, state } of this.#components.list()) {
      const { step } = this.#components.resources(id);
      const hours = state.kind === 'up' && step > 0 ? (this.#hours.get(id) ?? 0) + 1 : 0;
      this.#hours.set(id, hours % WELL_HOURS);
      if (hours < WELL_HOURS) continue;
      // It gets it at its next start: what does well is not disturbed.
      await this.#components.setResources(id, step - 1);
      this.#log.info('A process does well: one step less from its next start', { component: id });
    }
  }
}
