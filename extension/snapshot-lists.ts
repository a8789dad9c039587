import type {
  ListedSnapshot,
  SnapshotId,
  SourceId,
  WorktreeInfo,
} from '../agent/protocol/entities';
import type { Call } from './agent-link';
import { Signal } from './signal';

const PAGE = 50;

/** The snapshots of a worktree that were asked for so far, newest first. */
export interface SnapshotList {
  readonly snapshots: readonly ListedSnapshot[];
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
  add(snapshot: ListedSnapshot): Promise<void> {
    return this.#edit(snapshot.source, (known) => merge(known, [snapshot]));
  }

  /** Takes over what changed about a snapshot, where it is in a list that is known. */
  change(snapshot: ListedSnapshot): Promise<void> {
    return this.#edit(snapshot.source, (known) =>
      known.map((one) => (one.id === snapshot.id ? snapshot : one)),
    );
  }

  /** Takes deleted snapshots out of the lists that have them. */
  async remove(snapshots: readonly SnapshotId[]): Promise<void> {
    const gone = new Set(snapshots);
    const sources = [...this.#lists.keys()];
    await Promise.all(
      sources.map((source) =>
        this.#edit(source, (known) => known.filter(({ id }) => !gone.has(id))),
      ),
    );
  }

  /** Forgets everything; it is read again when somebody looks. */
  clear(): void {
    this.#lists.clear();
    this.onDidChange.fire(undefined);
  }

  /** Changes a list that is known, and tells if it is another one then. */
  async #edit(
    source: SourceId,
    change: (known: readonly ListedSnapshot[]) => readonly ListedSnapshot[],
  ): Promise<void> {
    const known = this.#lists.get(source);
    if (known === undefined) return;
    const edited = known.then((list): SnapshotList => {
      const snapshots = change(list.snapshots);
      return isSame(snapshots, list.snapshots) ? list : { snapshots, more: list.more };
    });
    // At once, so that of two changes neither is lost.
    this.#keep(source, edited);
    const [before, after] = await Promise.all([known, edited]).catch(() => [null, null]);
    if (before !== after) this.onDidChange.fire(source);
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

/** Both lists without doubles, newest first; what is known already is the newer of two. */
function merge(
  a: readonly ListedSnapshot[],
  b: readonly ListedSnapshot[],
): readonly ListedSnapshot[] {
  const byId = new Map([...b, ...a].map((snapshot) => [snapshot.id, snapshot]));
  return [...byId.values()].sort((x, y) => y.createdAt - x.createdAt);
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}
