import type { Notice } from '../agent/protocol/entities';
import type { AgentEvent } from '../agent/protocol/events';
import type { AgentLink } from './agent-link';
import type { AgentState } from './agent-state';
import type { Connection } from './connection';
import { Signal, type Disposable } from './signal';
import type { SnapshotLists } from './snapshot-lists';
import type { WorktreeModel } from './worktree-model';

/** Something that is known of the agent, and kept current by its events. */
interface Kept {
  apply(event: AgentEvent): Promise<void>;
  /** Asks for everything again. */
  reload(): Promise<void>;
  /** Forgets everything: there is no agent. */
  clear(): void;
}

export interface SessionOptions {
  readonly connection: Pick<Connection, 'onDidChangeState' | 'onEvent' | 'call'>;
  readonly model: WorktreeModel;
  readonly lists: SnapshotLists;
  /** What else is kept in step. */
  readonly others: readonly Kept[];
  readonly onError: (what: string, error: unknown) => void;
}

/** Keeps the model and the lists in step with the agent, over losses of the connection. */
export class Session {
  /** Notices, also those that were raised while the connection was away. */
  readonly onNotice = new Signal<Notice>();
  /** Another agent process: its events and notices are numbered anew. */
  readonly onNewAgent = new Signal<undefined>();

  readonly #options: SessionOptions;
  #last: { readonly epoch: string; sequence: number } | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Follows the connection until the result is disposed. */
  follow(): Disposable {
    const { connection, model, lists, others } = this.#options;
    const subscriptions = [
      connection.onDidChangeState.on((state) => {
        this.#follow(state);
      }),
      connection.onEvent.on(({ sequence, event }) => {
        if (this.#last !== null) this.#last.sequence = sequence;
        this.#guard('event', model.apply(event));
        for (const other of others) this.#guard('event', other.apply(event));
        if (event.kind === 'snapshot/created') this.#guard('event', lists.add(event.snapshot));
        if (event.kind === 'snapshot/changed') this.#guard('event', lists.change(event.snapshot));
        if (event.kind === 'snapshot/removed') this.#guard('event', lists.remove(event.snapshots));
        if (event.kind === 'notice/raised') this.onNotice.fire(event.notice);
      }),
    ];
    return {
      dispose: () => {
        for (const subscription of subscriptions) subscription.dispose();
      },
    };
  }

  /** Asks the agent for everything again. */
  async reload(): Promise<void> {
    const { lists, model, others } = this.#options;
    lists.clear();
    await Promise.all([model, ...others].map((one) => one.reload()));
  }

  #follow(state: AgentState): void {
    if (state.kind === 'connected') {
      this.#guard('reading the worktrees', this.reload());
      this.#guard('reading missed events', this.#catchUp(state.link));
    } else if (state.kind === 'stopped' || state.kind === 'failed') {
      this.#options.lists.clear();
      this.#options.model.clear();
      for (const other of this.#options.others) other.clear();
    }
  }

  /** Everything is read anew after a loss; only notices would be missed. */
  async #catchUp(link: AgentLink): Promise<void> {
    const before = this.#last;
    this.#last = { epoch: link.epoch, sequence: link.sequence };
    if (before?.epoch !== link.epoch) {
      this.onNewAgent.fire(undefined);
      return;
    }
    const missed = await link.call('event/since', before);
    if (missed.kind !== 'events') return;
    for (const { event } of missed.events) {
      if (event.kind === 'notice/raised') this.onNotice.fire(event.notice);
    }
  }

  #guard(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.onError(what, error);
    });
  }
}
