import type { Operation, SourceId, WorktreeInfo } from '../agent/protocol/entities';
import type { AgentEvent } from '../agent/protocol/events';
import type { Call } from './agent-link';
import { Signal } from './signal';

/** How far back an undo may reach. */
const HISTORY = 100;

/** What this window knows about the worktrees; kept current by the agent's events. */
export class WorktreeModel {
  /** Fired after {@link list}, {@link loaded} or {@link undoable} changed. */
  readonly onDidChange = new Signal<undefined>();

  readonly #call: Call;
  #worktrees = new Map<SourceId, WorktreeInfo>();
  #loaded = false;
  #undoable: readonly Operation[] = [];

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

  /** Restores and undos that can be undone, newest first. */
  get undoable(): readonly Operation[] {
    return this.#undoable;
  }

  get(source: SourceId): WorktreeInfo | undefined {
    return this.#worktrees.get(source);
  }

  /** Asks for everything again. */
  async reload(): Promise<void> {
    const [{ worktrees }, undoable] = await Promise.all([
      this.#call('worktree/list', {}),
      this.#readUndoable(),
    ]);
    this.#worktrees = new Map(worktrees.map((worktree) => [worktree.source, worktree]));
    this.#undoable = undoable;
    this.#loaded = true;
    this.onDidChange.fire(undefined);
  }

  /** Forgets everything: there is no agent. */
  clear(): void {
    this.#worktrees = new Map();
    this.#undoable = [];
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
        this.#undoable = await this.#readUndoable();
        this.onDidChange.fire(undefined);
        return;
      case 'journal/written':
      case 'snapshot/created':
      case 'snapshot/changed':
      case 'snapshot/removed':
      case 'metrics/sampled':
      case 'alert/changed':
      case 'component/changed':
      case 'component/removed':
      case 'recovery/changed':
      case 'incident/opened':
      case 'incident/changed':
      case 'incident/closed':
      case 'emergency/changed':
      case 'notice/raised':
      case 'agent/draining':
        return;
    }
  }

  async #readUndoable(): Promise<readonly Operation[]> {
    const { operations } = await this.#call('restore/history', { limit: HISTORY });
    return operations.filter((operation) => !operation.undone && operation.undo !== null);
  }
}
