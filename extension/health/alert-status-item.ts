import * as vscode from 'vscode';
import { tooltip } from '../row-parts';
import type { Disposable } from '../signal';
import { alertStatus } from './alert-words';
import type { HealthModel } from './health-model';

/** An item in the status bar, there only while something needs somebody; a click opens the alerts. */
export class AlertStatusItem implements Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #following: Disposable;
  #shown = '';

  constructor(model: HealthModel) {
    this.#item = vscode.window.createStatusBarItem(
      'bulwark.alerts',
      vscode.StatusBarAlignment.Left,
      4,
    );
    this.#item.name = 'Bulwark Alerts';
    this.#item.command = 'bulwark.alerts.focus';
    this.#following = model.onDidChange.on(() => {
      this.#draw(alertStatus(model.alerts));
    });
  }

  dispose(): void {
    this.#following.dispose();
    this.#item.dispose();
  }

  #draw(status: ReturnType<typeof alertStatus>): void {
    const key = JSON.stringify(status);
    if (key === this.#shown) return;
    this.#shown = key;
    if (status === null) {
      this.#item.hide();
      return;
    }
    const { text, heading, details, tone } = status;
    this.#item.text = text;
    this.#item.tooltip = tooltip(heading, details);
    this.#item.backgroundColor = new vscode.ThemeColor(`statusBarItem.${tone}Background`);
    this.#item.accessibilityInformation = { label: `Bulwark: ${heading}`, role: 'button' };
    this.#item.show();
  }
}
