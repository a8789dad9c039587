import * as vscode from 'vscode';
import { ShownRows } from './shown-rows';
import { faceOf, treeItem, type RowLook } from './tree-items';
import type { NodeValue, TreeNode } from './tree-node';

export interface RowTreeOptions {
  /** What is below a row as it is now, or at the top. */
  readonly below: (parent: TreeNode | null) => Promise<readonly NodeValue[]>;
  readonly look: RowLook;
}

/** Rows for one of VS Code's tree views, of which only those that changed are drawn anew. */
export class RowTree implements vscode.TreeDataProvider<TreeNode> {
  readonly #look: RowLook;
  readonly #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows: ShownRows;
  #comparing = false;
  #compareAgain = false;

  constructor({ below, look }: RowTreeOptions) {
    this.#look = look;
    this.#rows = new ShownRows({ below, face: (row) => faceOf(row, look) });
  }

  /** Draws what has changed, and nothing else. */
  refresh(): void {
    this.#compareAgain = true;
    if (!this.#comparing) void this.#compare();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    this.#rows.drawn(node);
    return treeItem(node, this.#look);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    return [...(await this.#rows.children(node ?? null))];
  }

  getParent(node: TreeNode): TreeNode | null {
    return node.parent;
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
}
