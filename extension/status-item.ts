import * as vscode from 'vscode';
import type { StatusWords } from './status-words';
import { tooltip } from './row-parts';

const BACKGROUNDS: Readonly<Record<StatusWords['tone'], string | undefined>> = {
  plain: undefined,
  warning: 'statusBarItem.warningBackground',
  error: 'statusBarItem.errorBackground',
};

/** The item in the status bar; a click opens the menu. */
export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  #shown = '';

  constructor() {
    this.#item = vscode.window.createStatusBarItem(
      'bulwark.status',
      vscode.StatusBarAlignment.Left,
      5,
    );
    this.#item.name = 'Bulwark';
    this.#item.command = 'bulwark.showMenu';
  }

  /** Shows these words, if they are new. */
  show(words: StatusWords): void {
    const key = JSON.stringify(words);
    if (key === this.#shown) return;
    this.#shown = key;
    const background = BACKGROUNDS[words.tone];
    this.#item.text = words.text;
    this.#item.tooltip = tooltip(words.heading, words.details);
    this.#item.backgroundColor =
      background === undefined ? undefined : new vscode.ThemeColor(background);
    this.#item.accessibilityInformation = { label: `Bulwark: ${words.heading}`, role: 'button' };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
