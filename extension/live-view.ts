import * as vscode from 'vscode';
import type { Clock } from './clock';
import { RowTree } from './row-tree';
import type { Disposable } from './signal';
import type { RowLook } from './tree-items';
import type { NodeValue, TreeNode } from './tree-node';

/** What comes at once is drawn at once. */
const DRAW_MS = 150;
/** Ages are shown in minutes: more often would show nothing new. */
const AGE_MS = 60_000;

export interface LiveViewOptions {
  /** The view's id in package.json. */
  readonly id: string;
  readonly clock: Clock;
  readonly look: RowLook;
  /** What is below a row as it is now, or at the top. */
  readonly below: (parent: TreeNode | null) => readonly NodeValue[];
  /** Called each time that the rows are drawn. */
  readonly onDraw?: (view: vscode.TreeView<TreeNode>) => void;
}

/** A tree view that is drawn when it is told that something changed, and whose ages go on while it is seen. */
export class LiveView implements Disposable {
  readonly #options: LiveViewOptions;
  readonly #tree: RowTree;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #visibility: Disposable;
  #ages: { cancel(): void } | null = null;
  #soon: { cancel(): void } | null = null;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    const { id, look, below } = options;
    this.#tree = new RowTree({ look, below: async (parent) => below(parent) });
    this.#view = vscode.window.createTreeView(id, {
      treeDataProvider: this.#tree,
      showCollapseAll: true,
    });
    this.#visibility = this.#view.onDidChangeVisibility(() => {
      this.#runAges();
    });
    this.#runAges();
  }

  /** Something has changed: what of it can be seen is drawn anew, soon. */
  redraw(): void {
    this.#soon ??= this.#options.clock.after(DRAW_MS, () => {
      this.#soon = null;
      this.#draw();
    });
  }

  /** Shows the first row that is meant, with the focus on it; else the view. */
  async reveal(isMeant: (value: NodeValue) => boolean): Promise<void> {
    const row = await this.#find(isMeant);
    if (row === null) await vscode.commands.executeCommand(`${this.#options.id}.focus`);
    else await this.#view.reveal(row, { select: true, focus: true });
  }

  dispose(): void {
    this.#ages?.cancel();
    this.#soon?.cancel();
    this.#visibility.dispose();
    this.#view.dispose();
  }

  async #find(isMeant: (value: NodeValue) => boolean, parent?: TreeNode): Promise<TreeNode | null> {
    const rows = await this.#tree.getChildren(parent);
    const meant = rows.find(({ value }) => isMeant(value));
    if (meant !== undefined) return meant;
    for (const row of rows) {
      const found = await this.#find(isMeant, row);
      if (found !== null) return found;
    }
    return null;
  }

  #draw(): void {
    this.#tree.refresh();
    this.#options.onDraw?.(this.#view);
  }

  /** One timer for all ages, and only while somebody can see them. */
  #runAges(): void {
    if (!this.#view.visible) {
      this.#ages?.cancel();
      this.#ages = null;
    } else if (this.#ages === null) {
      this.#draw();
      this.#ages = this.#options.clock.every(AGE_MS, () => {
        this.#draw();
      });
    }
  }
}
