import * as vscode from 'vscode';
import type { Disposable } from '../../signal';
import type * as panels from './health-panel';
import type { HealthPanelOptions } from './health-panel';

const VIEW_TYPE = 'bulwark.health';

/** The editor with the charts: one a window, that comes back with the window. */
export class HealthPage implements Disposable {
  readonly #options: HealthPanelOptions;
  readonly #serializer: Disposable;
  #panel: vscode.WebviewPanel | null = null;

  constructor(options: HealthPanelOptions) {
    this.#options = options;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: (panel) => this.#take(panel),
    });
  }

  /** Shows the charts, in the editor that has them already if there is one. */
  async show(): Promise<void> {
    if (this.#panel !== null) {
      this.#panel.reveal();
      return;
    }
    const column = vscode.ViewColumn.Active;
    await this.#take(vscode.window.createWebviewPanel(VIEW_TYPE, 'Health', column));
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#panel?.dispose();
  }

  async #take(panel: vscode.WebviewPanel): Promise<void> {
    this.#panel?.dispose();
    this.#panel = panel;
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = null;
    });
    const { fillHealthPanel } = await panelPart();
    fillHealthPanel(panel, this.#options);
  }
}

/** Most windows show no charts: what fills the editor is loaded when it is needed. */
function panelPart(): Promise<typeof panels> {
  return import(/* webpackChunkName: "health" */ './health-panel.js');
}
