import * as vscode from 'vscode';
import type { SnapshotSummary, WorktreeInfo } from '../agent/protocol/entities';
import { childPath } from './names';
import type { SnapshotContent } from './snapshot-content';
import type { SnapshotLists } from './snapshot-lists';
import { groupByDay } from './snapshot-words';
import { treeItem } from './tree-items';
import { TreeNode } from './tree-node';

/** Where the rows come from. */
export interface SnapshotTreeOptions {
  /** The top rows. */
  readonly roots: () => Promise<readonly TreeNode[]>;
  readonly lists: SnapshotLists;
  readonly content: SnapshotContent;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Worktrees, below them their snapshots by day, below these their files.
 * Both views are this tree, with other top rows. Everything below the top is
 * read when a person opens it.
 */
export class SnapshotTree implements vscode.TreeDataProvider<TreeNode> {
  readonly #options: SnapshotTreeOptions;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: SnapshotTreeOptions) {
    this.#options = options;
  }

  /** Shows everything anew; rows stay open, for they keep their ids. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return treeItem(node, this.#options.now());
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node === undefined) return [...(await this.#options.roots())];
    const { value } = node;
    switch (value.kind) {
      case 'worktree':
        return daysOf(value.worktree, this.#options);
      case 'day':
        return value.snapshots.map((snapshot) => new TreeNode({ kind: 'snapshot', snapshot }));
      case 'snapshot':
        return this.#entries(value.snapshot, '');
      case 'entry':
        return value.entry.kind === 'folder' ? this.#entries(value.snapshot, value.path) : [];
      case 'more':
        return [];
    }
  }

  async #entries(snapshot: SnapshotSummary, folder: string): Promise<TreeNode[]> {
    const entries = await this.#options.content.folder(snapshot.id, folder);
    return entries.map(
      (entry) =>
        new TreeNode({ kind: 'entry', snapshot, path: childPath(folder, entry.name), entry }),
    );
  }
}

/** The days of a worktree that have snapshots, and a row that loads more. */
export async function daysOf(
  worktree: WorktreeInfo,
  { lists, now }: Pick<SnapshotTreeOptions, 'lists' | 'now'>,
): Promise<TreeNode[]> {
  const list = await lists.get(worktree);
  const rows = groupByDay(list.snapshots, now()).map(
    (day) => new TreeNode({ kind: 'day', worktree, ...day }),
  );
  if (list.more) rows.push(new TreeNode({ kind: 'more', worktree }));
  return rows;
}
