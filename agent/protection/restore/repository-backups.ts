import type { SnapshotRecord } from '../../repository/record';
import { diffTrees, findEntry, type DiffStep, type ReadBlob, type TreeRef } from './diff';
import { missingOnDisk } from './fill';
import { refIn, rootOf } from './snapshot-parts';

/** Derived by git from the objects, and wrong beside others than those of its time. */
const DERIVED = /^(?:info\/|pack\/multi-pack-index|.*\.lock$|(?:pack\/)?tmp_)/;
const OBJECTS = 'objects';
/** Without one of these a repository is none, or was caught while it was being deleted. */
const PARTS = ['HEAD', 'config', OBJECTS, 'refs'];

/** A page of a repository's snapshots, newest first; only those before the sequence number `before`. */
export type ListSnapshots = (
  commonDir: string,
  before?: number,
) => Promise<readonly SnapshotRecord[]>;

/**
 * What the snapshots of a shared git directory can give back to a snapshot of
 * one of its worktrees. Git throws objects away in time, and a newer snapshot
 * of the repository has not what was thrown away before it; so the ones nearest
 * to the worktree's own count as well.
 */
export class RepositoryBackups {
  readonly #read: ReadBlob;
  readonly #newest: TreeRef | null;
  /** The last before and the first after the worktree's snapshot. */
  readonly #near: readonly TreeRef[];

  private constructor(read: ReadBlob, newest: TreeRef | null, near: readonly TreeRef[]) {
    this.#read = read;
    this.#newest = newest;
    this.#near = near;
  }

  /** @param sequence of the worktree's snapshot */
  static async find(
    read: ReadBlob,
    list: ListSnapshots,
    { commonDir, sequence }: { commonDir: string; sequence: number },
  ): Promise<RepositoryBackups> {
    let newest: TreeRef | null = null;
    let after: TreeRef | null = null;
    for await (const snapshot of newestFirst(list, commonDir)) {
      const tree = rootOf(snapshot, 'files');
      if (tree === null) continue;
      if (newest === null && (await isWhole(read, tree))) newest = tree;
      if (snapshot.sequence > sequence) after = tree;
      else if (newest !== null)
        return new RepositoryBackups(read, newest, after === null ? [tree] : [tree, after]);
    }
    return new RepositoryBackups(read, newest, after === null ? [] : [after]);
  }

  /** Whether there is anything to come back from. */
  get any(): boolean {
    return this.#newest !== null;
  }

  /** What is missing of the whole repository, as it was last seen. @param skip paths that are left alone */
  async *repository(commonDir: string, skip: (path: string) => boolean): AsyncGenerator<DiffStep> {
    if (this.#newest === null) return;
    const seen = new Set<string>();
    yield* unseen(missingOnDisk(this.#read, this.#newest, commonDir, skip), seen);
    yield* this.#objects(this.#near, commonDir, seen);
  }

  /** Objects that the repository has lost, never replacing one that is there. */
  async *objects(commonDir: string): AsyncGenerator<DiffStep> {
    const trees = this.#newest === null ? this.#near : [this.#newest, ...this.#near];
    yield* this.#objects(trees, commonDir, new Set());
  }

  /** The commit that a ref had when the repository was last seen. */
  async ref(ref: string): Promise<string | null> {
    return this.#newest === null ? null : await refIn(this.#read, this.#newest, ref);
  }

  async *#objects(
    trees: readonly TreeRef[],
    commonDir: string,
    seen: Set<string>,
  ): AsyncGenerator<DiffStep> {
    const skip = (path: string): boolean =>
      path !== OBJECTS &&
      (!path.startsWith(`${OBJECTS}/`) || DERIVED.test(path.slice(OBJECTS.length + 1)));
    for (const tree of trees) yield* unseen(missingOnDisk(this.#read, tree, commonDir, skip), seen);
  }
}

/** All paths of a tree that are no folders. */
export async function pathsIn(read: ReadBlob, tree: TreeRef | null): Promise<Set<string>> {
  const paths = new Set<string>();
  for await (const step of diffTrees(read, null, tree))
    if (step.kind === 'changed' && step.to?.entry.kind !== 'folder') paths.add(step.path);
  return paths;
}

async function* newestFirst(
  list: ListSnapshots,
  commonDir: string,
): AsyncGenerator<SnapshotRecord> {
  for (let before: number | undefined; ;) {
    const page = await list(commonDir, before);
    yield* page;
    before = page.at(-1)?.sequence;
    if (before === undefined) return;
  }
}

async function isWhole(read: ReadBlob, tree: TreeRef): Promise<boolean> {
  for (const part of PARTS) if ((await findEntry(read, tree, part)) === null) return false;
  return true;
}

/** What another backup does not give already. */
async function* unseen(
  steps: AsyncGenerator<DiffStep>,
  seen: Set<string>,
): AsyncGenerator<DiffStep> {
  for await (const step of steps) {
    if (seen.has(step.path)) continue;
    seen.add(step.path);
    yield step;
  }
}
