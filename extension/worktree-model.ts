import type { Operation, SourceId, WorktreeInfo } from '../agent/protocol/entities';
import type { AgentEvent } from '../agent/protocol/events';
import type { Call } from './agent-link';
import { Signal } from './signal';

/** What this window knows about the worktrees; kept current by the agent's events. */
export class WorktreeModel {
  /** Fired after {@link list}, {@link loaded} or {@link lastRestore} changed. */
  readonly onDidChange = new Signal<undefined>();

  readonly #call: Call;
  #worktrees = new Map<SourceId, WorktreeInfo>();
  #loaded = false;
  #lastRestore: Operation | null = null;

  constructor(call: Call) {
    this.#call = call;
  }

  /** False until the first answer of an agent, and again after the connection is lost. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get list(): readonly WorktreeInfo[] {
    return [...this.#worktrees.values()];
  }

  /** The newest restore that can be undone. */
  get lastRestore(): Operation | null {
    return this.#lastRestore;
  }

  get(source: SourceId): WorktreeInfo | undefined {
    return this.#worktrees.get(source);
  }

  /** Asks for everything again. */
  async reload(): Promise<void> {
    const [{ worktrees }, lastRestore] = await Promise.all([
      this.#call('worktree/list', {}),
      this.#findLastRestore(),
    ]);
    this.#worktrees = new Map(worktrees.map((worktree) => [worktree.source, worktree]));
    this.#lastRestore = lastRestore;
    this.#loaded = true;
    this.onDidChange.fire(undefined);
  }

  /** Forgets everything: there is no agent. */
  clear(): void {
    this.#worktrees = new Map();
    this.#lastRestore = null;
    this.#loaded = false;
    this.onDidChange.fire(undefined);
  }

  /** Takes over what an event tells. */
  async apply(event: AgentEvent): Promise<void> {
    switch (event.kind) {
      case 'worktree/changed':
        this.#worktrees.set(event.worktree.source, event.worktree);
        this.onDidChange.fire(undefined);
        return;
      case 'worktree/removed':
        this.#worktrees.delete(event.source);
        this.onDidChange.fire(undefined);
        return;
      case 'restore/completed':
        this.#lastRestore = await this.#findLastRestore();
        this.onDidChange.fire(undefined);
        return;
      case 'snapshot/created':
      case 'notice/raised':
      case 'agent/draining':
        return;
    }
  }

  async #findLastRestore(): Promise<Operation | null> {
    const { operations } = await this.#call('restore/history', {});
    return (
      operations.find(
        (operation) => operation.kind === 'restore' && !operation.undone && operation.undo !== null,
      ) ?? null
    );
  }
}
