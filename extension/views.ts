import * as vscode from 'vscode';
import type { SnapshotSummary, SourceId, WorktreeInfo } from '../agent/protocol/entities';
import type { Clock } from './clock';
import { count } from './format';
import { needsSomebody } from './health/alert-words';
import { integrityWords } from './integrity-words';
import { displayName } from './names';
import type { Disposable } from './signal';
import type { SnapshotContent } from './snapshot-content';
import type { SnapshotLists } from './snapshot-lists';
import type { RowTree } from './row-tree';
import { daysOf, findSnapshot, findWorktree, snapshotTree } from './snapshot-tree';
import type { RowLook } from './tree-items';
import type { NodeValue, TreeNode } from './tree-node';
import type { StoreHealth } from './store-health';
import type { WindowWorktrees } from './window-worktrees';
import { needsPerson } from './worktree-words';

/** Ages are shown in minutes: more often would show nothing new. */
const AGE_MS = 60_000;

export interface ViewsOptions {
  readonly worktrees: WindowWorktrees;
  readonly lists: SnapshotLists;
  readonly content: SnapshotContent;
  readonly health: Pick<StoreHealth, 'integrity'>;
  readonly clock: Clock;
  readonly look: RowLook;
}

/** The views of worktrees and of snapshots. */
export class Views implements Disposable {
  readonly #options: ViewsOptions;
  readonly #worktreeView: vscode.TreeView<TreeNode>;
  readonly #snapshotView: vscode.TreeView<TreeNode>;
  readonly #all: RowTree;
  readonly #open: RowTree;
  readonly #disposables: Disposable[] = [];
  #ages: { cancel(): void } | null = null;

  constructor(options: ViewsOptions) {
    this.#options = options;
    const { worktrees, lists, content, look } = options;
    const shared = {
      lists,
      content,
      look,
      faults: (worktree: WorktreeInfo): NodeValue[] =>
        look.faultsOf(worktree).map((alert) => ({ kind: 'alert', alert })),
    };
    this.#all = snapshotTree({
      ...shared,
      roots: () => Promise.resolve(worktrees.all().map(worktreeValue)),
    });
    this.#open = snapshotTree({ ...shared, roots: () => this.#openRoots() });
    this.#worktreeView = vscode.window.createTreeView('bulwark.worktrees', {
      treeDataProvider: this.#all,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.#snapshotView = vscode.window.createTreeView('bulwark.snapshots', {
      treeDataProvider: this.#open,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.#disposables.push(
      this.#worktreeView,
      this.#snapshotView,
      this.#worktreeView.onDidChangeVisibility(() => {
        this.#runAges();
      }),
      this.#snapshotView.onDidChangeVisibility(() => {
        this.#runAges();
      }),
      lists.onDidChange.on(() => {
        this.refresh();
      }),
    );
    this.#runAges();
  }

  /** Shows a snapshot below its worktree, with the focus on it. */
  async reveal(snapshot: SnapshotSummary): Promise<void> {
    await this.#show(await findSnapshot(this.#all, snapshot));
  }

  /** Shows a worktree, with the focus on it. */
  async revealWorktree(source: SourceId): Promise<void> {
    await this.#show(await findWorktree(this.#all, source));
  }

  async #show(row: TreeNode | null): Promise<void> {
    if (row === null) await vscode.commands.executeCommand('bulwark.worktrees.focus');
    else await this.#worktreeView.reveal(row, { select: true, focus: true });
  }

  /** Shows what is new. */
  refresh(): void {
    this.#all.refresh();
    this.#open.refresh();
    this.#label();
  }

  dispose(): void {
    this.#ages?.cancel();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** The snapshots of the open folder; with several worktrees open, one row for each. */
  async #openRoots(): Promise<readonly NodeValue[]> {
    const open = this.#options.worktrees.open();
    const [only] = open;
    if (only === undefined) return [];
    if (open.length > 1) return open.map(worktreeValue);
    return daysOf(only, this.#options);
  }

  #label(): void {
    const { worktrees, health, clock } = this.#options;
    const { integrity } = health;
    const open = worktrees.open();
    const name = open.length === 1 ? (open[0]?.name ?? '') : '';
    this.#snapshotView.description = displayName(name);
    this.#worktreeView.description =
      integrity === null ? '' : integrityWords(integrity, clock.now());
    const damage = integrity?.damage ?? null;
    // Empty where there is nothing to say.
    this.#worktreeView.message =
      damage === null
        ? ''
        : `A part of the store is damaged: ${displayName(damage.message)} “Bulwark: Verify Store” shows what is affected.`;
    const troubled = worktrees
      .all()
      .filter((one) => needsPerson(one) && !this.#isAlerted(one)).length;
    this.#worktreeView.badge =
      troubled === 0
        ? undefined
        : { value: troubled, tooltip: `${count(troubled, 'worktree')} cannot be saved` };
  }

  /** Whether the badge of the alerts counts it already. */
  #isAlerted(worktree: WorktreeInfo): boolean {
    return this.#options.look.faultsOf(worktree).some(needsSomebody);
  }

  /** One timer for all ages, and only while somebody can see them. */
  #runAges(): void {
    const visible = this.#worktreeView.visible || this.#snapshotView.visible;
    if (!visible) {
      this.#ages?.cancel();
      this.#ages = null;
    } else if (this.#ages === null) {
      this.refresh();
      this.#ages = this.#options.clock.every(AGE_MS, () => {
        this.refresh();
      });
    }
  }
}

function worktreeValue(worktree: WorktreeInfo): NodeValue {
  return { kind: 'worktree', worktree };
}
