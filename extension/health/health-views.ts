import * as vscode from 'vscode';
import type { AlertInfo } from '../../agent/protocol/health-entities';
import type { Clock } from '../clock';
import { count } from '../format';
import { RowTree } from '../row-tree';
import type { Disposable } from '../signal';
import type { RowLook } from '../tree-items';
import type { NodeValue, TreeNode } from '../tree-node';
import { needsSomebody } from './alert-words';
import { alertGroups, consequencesOf, scopesOf } from './groups';
import type { HealthModel } from './health-model';

/** What comes at once is drawn at once. */
const DRAW_MS = 150;
const AGE_MS = 60_000;

export interface HealthViewsOptions {
  readonly model: HealthModel;
  readonly clock: Clock;
  readonly look: RowLook;
}

/** The views of components and of alerts. */
export class HealthViews implements Disposable {
  readonly #options: HealthViewsOptions;
  readonly #components: RowTree;
  readonly #alerts: RowTree;
  readonly #componentView: vscode.TreeView<TreeNode>;
  readonly #alertView: vscode.TreeView<TreeNode>;
  readonly #disposables: readonly Disposable[];
  #ages: { cancel(): void } | null = null;
  #soon: { cancel(): void } | null = null;

  constructor(options: HealthViewsOptions) {
    this.#options = options;
    const { model, look } = options;
    this.#components = new RowTree({ look, below: async (parent) => this.#belowComponent(parent) });
    this.#alerts = new RowTree({ look, below: async (parent) => this.#belowAlert(parent) });
    const view = (id: string, tree: RowTree): vscode.TreeView<TreeNode> =>
      vscode.window.createTreeView(id, { treeDataProvider: tree, showCollapseAll: true });
    this.#componentView = view('bulwark.components', this.#components);
    this.#alertView = view('bulwark.alerts', this.#alerts);
    this.#disposables = [
      this.#componentView,
      this.#alertView,
      this.#componentView.onDidChangeVisibility(() => {
        this.#runAges();
      }),
      this.#alertView.onDidChangeVisibility(() => {
        this.#runAges();
      }),
      model.onDidChange.on(() => {
        this.#soon ??= options.clock.after(DRAW_MS, () => {
          this.#soon = null;
          this.#draw();
        });
      }),
    ];
    this.#runAges();
  }

  /** Shows a component, with the focus on it. */
  async revealComponent(id: string): Promise<void> {
    for (const scope of await this.#components.getChildren()) {
      const rows = await this.#components.getChildren(scope);
      const row = rows.find(({ value }) => value.kind === 'component' && value.component.id === id);
      if (row === undefined) continue;
      await this.#componentView.reveal(row, { select: true, focus: true });
      return;
    }
    await vscode.commands.executeCommand('bulwark.components.focus');
  }

  /** Shows an alert, with the focus on it. */
  async revealAlert(id: string): Promise<void> {
    const search = async (parent?: TreeNode): Promise<TreeNode | null> => {
      for (const row of await this.#alerts.getChildren(parent)) {
        if (row.value.kind === 'alert' && row.value.alert.id === id) return row;
        const found = await search(row);
        if (found !== null) return found;
      }
      return null;
    };
    const row = await search();
    if (row === null) await vscode.commands.executeCommand('bulwark.alerts.focus');
    else await this.#alertView.reveal(row, { select: true, focus: true });
  }

  dispose(): void {
    this.#ages?.cancel();
    this.#soon?.cancel();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #draw(): void {
    this.#components.refresh();
    this.#alerts.refresh();
    const urgent = this.#options.model.alerts.filter(needsSomebody).length;
    this.#alertView.badge =
      urgent === 0
        ? undefined
        : {
            value: urgent,
            tooltip: count(urgent, 'alert needs somebody', 'alerts need somebody'),
          };
  }

  #belowComponent(parent: TreeNode | null): readonly NodeValue[] {
    const { model } = this.#options;
    if (parent === null) {
      return scopesOf(model.components, model.settings).map((scope) => ({ kind: 'scope', scope }));
    }
    if (parent.value.kind !== 'scope') return [];
    return parent.value.scope.components.map((component) => ({ kind: 'component', component }));
  }

  #belowAlert(parent: TreeNode | null): readonly NodeValue[] {
    const { model } = this.#options;
    if (parent === null) {
      return alertGroups(model.alerts).map((group) => ({ kind: 'alert-group', group }));
    }
    if (parent.value.kind === 'alert-group') return parent.value.group.alerts.map(alertValue);
    if (parent.value.kind !== 'alert') return [];
    return consequencesOf(parent.value.alert, model.alerts).map(alertValue);
  }

  /** One timer for all ages, and only while somebody can see them. */
  #runAges(): void {
    const isVisible = this.#componentView.visible || this.#alertView.visible;
    if (!isVisible) {
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

function alertValue(alert: AlertInfo): NodeValue {
  return { kind: 'alert', alert };
}
