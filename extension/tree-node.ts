import type { SnapshotSummary, TreeEntry, WorktreeInfo } from '../agent/protocol/entities';

/** What a row of the views stands for. */
export type NodeValue =
  | { readonly kind: 'worktree'; readonly worktree: WorktreeInfo }
  | {
      readonly kind: 'day';
      readonly worktree: WorktreeInfo;
      readonly key: string;
      readonly label: string;
      readonly snapshots: readonly SnapshotSummary[];
    }
  | { readonly kind: 'snapshot'; readonly snapshot: SnapshotSummary }
  | {
      readonly kind: 'entry';
      readonly snapshot: SnapshotSummary;
      readonly path: string;
      readonly entry: TreeEntry;
    }
  | { readonly kind: 'more'; readonly worktree: WorktreeInfo };

/** A row of the views. A class, so that a command can tell it from its other possible arguments. */
export class TreeNode {
  readonly value: NodeValue;

  constructor(value: NodeValue) {
    this.value = value;
  }
}
