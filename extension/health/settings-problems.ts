import * as vscode from 'vscode';
import type { SettingsFile } from '../../agent/protocol/health-entities';
import { displayName } from '../names';
import type { Disposable } from '../signal';
import type { HealthModel } from './health-model';

/** The mistakes of settings files in the Problems panel, as the agent found them. */
export class SettingsProblems implements Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('bulwark');
  readonly #following: Disposable;
  #shown = '';

  constructor(model: HealthModel) {
    this.#following = model.onDidChange.on(() => {
      this.#draw(model.settings);
    });
  }

  dispose(): void {
    this.#following.dispose();
    this.#collection.dispose();
  }

  #draw(files: readonly SettingsFile[]): void {
    const wrong = files.filter(({ problems }) => problems.length > 0);
    const key = JSON.stringify(wrong);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#collection.clear();
    for (const { file, problems } of wrong) {
      this.#collection.set(vscode.Uri.file(file), problems.map(diagnostic));
    }
  }
}

function diagnostic({ component, key, message }: SettingsFile['problems'][number]) {
  const where = [component ?? '', key].filter((part) => part !== '').join('.');
  const text = displayName(where === '' ? message : `${where}: ${message}`);
  const found = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 0), text);
  found.source = 'Bulwark';
  return found;
}
