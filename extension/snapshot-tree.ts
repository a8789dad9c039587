import * as vscode from 'vscode';
import type { SnapshotSummary, WorktreeInfo } from '../agent/protocol/entities';
import { childPath } from './names';
import { ShownRows } from './shown-rows';
import type { SnapshotContent } from './snapshot-content';
import type { SnapshotLists } from './snapshot-lists';
import { groupByDay } from './snapshot-words';
import { faceOf, treeItem } from './tree-items';
import type { NodeValue, TreeNode } from './tree-node';

/** Where the rows come from. */
export interface SnapshotTreeOptions {
  /** The top rows. */
  readonly roots: () => Promise<readonly NodeValue[]>;
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
  readonly #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows: ShownRows;
  #comparing = false;
  #compareAgain = false;

  constructor(options: SnapshotTreeOptions) {
    this.#options = options;
    this.#rows = new ShownRows({
      below: (parent) => this.#below(parent),
      face: (row) => faceOf(row, options.now()),
    });
  }

  /** Draws what has changed, and nothing else. */
  refresh(): void {
    this.#compareAgain = true;
    if (!this.#comparing) void this.#compare();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    this.#rows.drawn(node);
    return treeItem(node, this.#options.now());
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    return [...(await this.#rows.children(node ?? null))];
  }

  getParent(node: TreeNode): TreeNode | null {
    return node.parent;
  }

  /** The row of a snapshot, or null where it is not in what was read so far. */
  async find({ id, source }: SnapshotSummary): Promise<TreeNode | null> {
    for (const top of await this.getChildren()) {
      if (top.value.kind !== 'worktree' || top.value.worktree.source !== source) continue;
      for (const day of await this.getChildren(top)) {
        if (day.value.kind !== 'day') continue;
        if (!day.value.snapshots.some((snapshot) => snapshot.id === id)) continue;
        const rows = await this.getChildren(day);
        return rows.find((row) => row.id === `snapshot:${id}`) ?? null;
      }
    }
    return null;
  }

  async #compare(): Promise<void> {
    this.#comparing = true;
    while (this.#compareAgain) {
      this.#compareAgain = false;
      const changed = await this.#rows.changed();
      const rows = changed.filter((row) => row !== null);
      if (rows.length < changed.length) this.#changed.fire(undefined);
      else if (rows.length > 0) this.#changed.fire(rows);
    }
    this.#comparing = false;
  }

  async #below(parent: TreeNode | null): Promise<readonly NodeValue[]> {
    if (parent === null) return this.#options.roots();
    const { value } = parent;
    switch (value.kind) {
      case 'worktree':
        return daysOf(value.worktree, this.#options);
      case 'day':
        return value.snapshots.map((snapshot) => ({ kind: 'snapshot', snapshot }));
      case 'snapshot':
        return this.#entries(value.snapshot, '');
      case 'entry':
        return value.entry.kind === 'folder' ? this.#entries(value.snapshot, value.path) : [];
      case 'more':
        return [];
    }
  }

  async #entries(snapshot: SnapshotSummary, folder: string): Promise<readonly NodeValue[]> {
    const entries = await this.#options.content.folder(snapshot.id, folder);
    return entries.map((entry) => {
      return { kind: 'entry', snapshot, path: childPath(folder, entry.name), entry };
    });
  }
}

/** The days of a worktree that have snapshots, and a row that loads more. */
export async function daysOf(
  worktree: WorktreeInfo,
  { lists, now }: Pick<SnapshotTreeOptions, 'lists' | 'now'>,
): Promise<NodeValue[]> {
  const list = await lists.get(worktree);
  const rows = groupByDay(list.snapshots, now()).map((day): NodeValue => {
    return { kind: 'day', worktree, ...day };
  });
  return list.more ? [...rows, { kind: 'more', worktree }] : rows;
}
