import type { Integrity } from '../agent/protocol/store-entities';
import type { Call } from './agent-link';
import type { Clock } from './clock';
import type { Connection } from './connection';
import { Signal, type Disposable } from './signal';

/** Proofs grow while the agent reads its store back: more often would show nothing new. */
const LOOK_MS = 10 * 60_000;
/** After a snapshot the agent reads back what it wrote. */
const READ_BACK_MS = 5_000;

export interface StoreHealthOptions {
  readonly connection: Pick<Connection, 'onDidChangeState' | 'onEvent'>;
  readonly call: Call;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** How much of the store is proven, as far as this window knows. */
export class StoreHealth {
  /** Fired after {@link integrity} changed. */
  readonly onDidChange = new Signal<undefined>();

  readonly #options: StoreHealthOptions;
  #integrity: Integrity | null = null;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  /** Null while nobody knows. */
  get integrity(): Integrity | null {
    return this.#integrity;
  }

  /** Asks the agent again. */
  async read(): Promise<void> {
    const { integrity } = await this.#options.call('store/stats', {});
    this.#set(integrity);
  }

  /** Keeps up with the agent until the result is disposed. */
  follow(): Disposable {
    const { connection, clock } = this.#options;
    let timer: { cancel(): void } | null = null;
    let soon: { cancel(): void } | null = null;
    const look = (): void => {
      this.read().catch(this.#options.onError);
    };
    const subscriptions = [
      connection.onDidChangeState.on(({ kind }) => {
        timer?.cancel();
        timer = kind === 'connected' ? clock.every(LOOK_MS, look) : null;
        if (kind === 'connected') look();
        else if (kind === 'stopped' || kind === 'failed') this.#set(null);
      }),
      connection.onEvent.on(({ event }) => {
        if (event.kind === 'snapshot/created')
          soon ??= clock.after(READ_BACK_MS, () => {
            soon = null;
            look();
          });
        if (event.kind === 'notice/raised' && event.notice.action?.kind === 'verify') look();
      }),
    ];
    return {
      dispose: () => {
        timer?.cancel();
        soon?.cancel();
        for (const subscription of subscriptions) subscription.dispose();
      },
    };
  }

  #set(integrity: Integrity | null): void {
    this.#integrity = integrity;
    this.onDidChange.fire(undefined);
  }
}
