import type { SnapshotSummary, SourceId, WorktreeInfo } from '../agent/protocol/entities';
import { childPath } from './names';
import { RowTree } from './row-tree';
import type { SnapshotContent } from './snapshot-content';
import type { SnapshotLists } from './snapshot-lists';
import { groupByDay } from './snapshot-words';
import type { RowLook } from './tree-items';
import type { NodeValue, TreeNode } from './tree-node';

/** Where the rows come from. */
export interface SnapshotTreeOptions {
  /** The top rows. */
  readonly roots: () => Promise<readonly NodeValue[]>;
  readonly lists: SnapshotLists;
  readonly content: SnapshotContent;
  /** What is wrong with a worktree: rows above its snapshots. */
  readonly faults: (worktree: WorktreeInfo) => readonly NodeValue[];
  readonly look: RowLook;
}

/**
 * Worktrees, below them what is wrong with each and its snapshots by day, below these their files.
 * Both views are this tree, with other top rows. Everything below the top is read when a person
 * opens it.
 */
export function snapshotTree(options: SnapshotTreeOptions): RowTree {
  return new RowTree({ below: (parent) => below(parent, options), look: options.look });
}

/** The row of a snapshot, or null where it is not in what was read so far. */
export async function findSnapshot(
  tree: RowTree,
  { id, source }: SnapshotSummary,
): Promise<TreeNode | null> {
  const top = await findWorktree(tree, source);
  if (top === null) return null;
  for (const day of await tree.getChildren(top)) {
    if (day.value.kind !== 'day') continue;
    if (!day.value.snapshots.some((snapshot) => snapshot.id === id)) continue;
    const rows = await tree.getChildren(day);
    return rows.find((row) => row.id === `snapshot:${id}`) ?? null;
  }
  return null;
}

/** The row of a worktree, or null. */
export async function findWorktree(tree: RowTree, source: SourceId): Promise<TreeNode | null> {
  const top = await tree.getChildren();
  return (
    top.find(({ value }) => value.kind === 'worktree' && value.worktree.source === source) ?? null
  );
}

async function below(
  parent: TreeNode | null,
  options: SnapshotTreeOptions,
): Promise<readonly NodeValue[]> {
  if (parent === null) return options.roots();
  const { value } = parent;
  switch (value.kind) {
    case 'worktree':
      return [...options.faults(value.worktree), ...(await daysOf(value.worktree, options))];
    case 'day':
      return value.snapshots.map((snapshot) => ({ kind: 'snapshot', snapshot }));
    case 'snapshot':
      return entriesOf(value.snapshot, '', options.content);
    case 'entry':
      return value.entry.kind === 'folder'
        ? entriesOf(value.snapshot, value.path, options.content)
        : [];
    default:
      return [];
  }
}

async function entriesOf(
  snapshot: SnapshotSummary,
  folder: string,
  content: SnapshotContent,
): Promise<readonly NodeValue[]> {
  const entries = await content.folder(snapshot.id, folder);
  return entries.map((entry) => {
    return { kind: 'entry', snapshot, path: childPath(folder, entry.name), entry };
  });
}

/** The days of a worktree that have snapshots, and a row that loads more. */
export async function daysOf(
  worktree: WorktreeInfo,
  { lists, look }: Pick<SnapshotTreeOptions, 'lists' | 'look'>,
): Promise<NodeValue[]> {
  const list = await lists.get(worktree);
  const rows = groupByDay(list.snapshots, look.now()).map((day): NodeValue => {
    return { kind: 'day', worktree, ...day };
  });
  return list.more ? [...rows, { kind: 'more', worktree }] : rows;
}
