import * as vscode from 'vscode';
import type { Call } from '../agent-link';
import type { Disposable } from '../signal';
import type * as texts from './report-text';

const SCHEME = 'bulwark-report';
const DAY_MS = 86_400_000;

export interface ReportDocumentsOptions {
  readonly call: Call;
  /** Resolves when it is known whether there is an agent. */
  readonly settled: () => Promise<unknown>;
  /** Ms since 1970. */
  readonly now: () => number;
}

/** Pages about how a time was: Markdown that VS Code shows in its own preview. */
export class ReportDocuments implements Disposable {
  readonly #options: ReportDocumentsOptions;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #provider: Disposable;

  constructor(options: ReportDocumentsOptions) {
    this.#options = options;
    this.#provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: this.#changed.event,
      provideTextDocumentContent: (uri) => this.#content(uri),
    });
  }

  /** Shows how the last days were, as it is known now. */
  async show(days: number): Promise<void> {
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/The last ${days} days.md`,
      query: String(days),
    });
    // One that is open already shows what it was asked for then.
    this.#changed.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  dispose(): void {
    this.#provider.dispose();
    this.#changed.dispose();
  }

  /** A preview that comes back with the window asks for it, too. */
  async #content({ query }: vscode.Uri): Promise<string> {
    const { call, settled, now } = this.#options;
    const days = Number(query);
    await settled();
    const to = now();
    const report = await call('manager/report', { from: to - days * DAY_MS, to });
    const { reportText } = await textPart();
    return reportText(report, days, to);
  }
}

/** Most windows show no report: its words are loaded when they are needed. */
function textPart(): Promise<typeof texts> {
  return import(/* webpackChunkName: "report" */ './report-text.js');
}
