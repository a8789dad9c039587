import * as vscode from 'vscode';
import type { RecoveryInfo } from '../../agent/protocol/recovery-entities';
import type { Disposable } from '../signal';
import { recoveryName } from './recovery-words';
import { recoveryText } from './recovery-text';
import type { RecoveryModel } from './recovery-model';

const SCHEME = 'bulwark-recovery';

/** Pages about recoveries, in editors that can only be read; they follow what happens. */
export class RecoveryDocuments implements Disposable {
  readonly #model: RecoveryModel;
  readonly #now: () => number;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  /** Texts that do not change, by their address. */
  readonly #texts = new Map<string, string>();
  readonly #disposables: readonly Disposable[];
  #count = 0;

  constructor({ model, now }: { readonly model: RecoveryModel; readonly now: () => number }) {
    this.#model = model;
    this.#now = now;
    this.#disposables = [
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri) => this.#content(uri),
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#texts.delete(uri.toString());
      }),
      model.onDidChange.on(() => {
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === SCHEME && !this.#texts.has(uri.toString())) this.#changed.fire(uri);
      }),
    ];
  }

  /** Shows all that is known of a recovery. */
  async show(recovery: RecoveryInfo): Promise<void> {
    await open(uriOf(`Recovery of ${recoveryName(recovery)}`, recovery.id));
  }

  /** Shows a text under a name. */
  async showText(name: string, text: string): Promise<void> {
    this.#count += 1;
    const uri = uriOf(name, `text-${this.#count}`);
    this.#texts.set(uri.toString(), text);
    await open(uri);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #content(uri: vscode.Uri): string {
    const text = this.#texts.get(uri.toString());
    if (text !== undefined) return text;
    const recovery = this.#model.get(uri.query);
    if (recovery === undefined) return 'This recovery is not known any more.\n';
    return recoveryText(recovery, {
      title: (strategy) => this.#model.title(strategy),
      now: this.#now(),
    });
  }
}

function uriOf(name: string, query: string): vscode.Uri {
  // Names of components have slashes, which would be folders.
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name.replaceAll('/', ' › ')}`, query });
}

async function open(uri: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true });
}
