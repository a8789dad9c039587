import type { SnapshotSummary, SourceId, WorktreeInfo } from '../agent/protocol/entities';
import type { Call } from './agent-link';
import { Signal } from './signal';

const PAGE = 50;

/** The snapshots of a worktree that were asked for so far, newest first. */
export interface SnapshotList {
  readonly snapshots: readonly SnapshotSummary[];
  /** Whether older ones exist. */
  readonly more: boolean;
}

/** Snapshots by worktree, read page by page when somebody looks at them. */
export class SnapshotLists {
  /** Tells whose list changed; undefined when all of them did. */
  readonly onDidChange = new Signal<SourceId | undefined>();

  readonly #call: Call;
  readonly #lists = new Map<SourceId, Promise<SnapshotList>>();

  constructor(call: Call) {
    this.#call = call;
  }

  /** The list of a worktree; read from the agent at the first call. */
  get(worktree: WorktreeInfo): Promise<SnapshotList> {
    const known = this.#lists.get(worktree.source);
    if (known !== undefined) return known;
    const list = this.#read(worktree, undefined);
    this.#keep(worktree.source, list);
    return list;
  }

  /** Reads the next page of a worktree. */
  async loadMore(worktree: WorktreeInfo): Promise<SnapshotList> {
    const known = await this.get(worktree);
    const oldest = known.snapshots.at(-1);
    if (!known.more || oldest === undefined) return known;
    const next = await this.#read(worktree, oldest.createdAt);
    const list = { snapshots: merge(known.snapshots, next.snapshots), more: next.more };
    this.#keep(worktree.source, Promise.resolve(list));
    this.onDidChange.fire(worktree.source);
    return list;
  }

  /** Puts a new snapshot in front of its list, where the list is known. */
  async add(snapshot: SnapshotSummary): Promise<void> {
    const known = this.#lists.get(snapshot.source);
    if (known === undefined) return;
    const list = await known.catch(() => null);
    if (list === null) return;
    this.#keep(
      snapshot.source,
      Promise.resolve({ snapshots: merge(list.snapshots, [snapshot]), more: list.more }),
    );
    this.onDidChange.fire(snapshot.source);
  }

  /** Forgets everything; it is read again when somebody looks. */
  clear(): void {
    this.#lists.clear();
    this.onDidChange.fire(undefined);
  }

  async #read(worktree: WorktreeInfo, before: number | undefined): Promise<SnapshotList> {
    return this.#call('snapshot/list', {
      path: worktree.path,
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
  }

  #keep(source: SourceId, list: Promise<SnapshotList>): void {
    this.#lists.set(source, list);
    // What failed is asked for again the next time.
    list.catch(() => {
      if (this.#lists.get(source) === list) this.#lists.delete(source);
    });
  }
}

/** Both lists without doubles, newest first. */
function merge(
  a: readonly SnapshotSummary[],
  b: readonly SnapshotSummary[],
): readonly SnapshotSummary[] {
  const byId = new Map([...a, ...b].map((snapshot) => [snapshot.id, snapshot]));
  return [...byId.values()].sort((x, y) => y.createdAt - x.createdAt);
}
