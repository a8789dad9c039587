import * as vscode from 'vscode';
import type { Change, PlanStep, RestorePlan, SnapshotSummary } from '../agent/protocol/entities';
import type { KeptState } from './file-versions';
import { count, moment } from './format';
import { baseName, displayName } from './names';
import type { Places } from './places';
import type { PlanPreview } from './restore-plan';
import { snapshotSide, snapshotUri } from './snapshot-uri';

/** An editor with thousands of differences is of no use, and slow to open. */
const MOST_DIFFS = 300;

/** What `vscode.changes` shows for one file: its name, and both sides where they are there. */
type DiffRow = [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined];

/** Shows differences between snapshots and the disk in VS Code's own diff editors. */
export class Diffs implements PlanPreview {
  readonly #places: Places;
  readonly #now: () => number;
  /** Titles of the editors that show what a plan would change. */
  readonly #previews = new Set<string>();

  constructor(places: Places, now: () => number) {
    this.#places = places;
    this.#now = now;
  }

  async showStep(plan: RestorePlan, step: PlanStep): Promise<void> {
    if (step.kind !== 'file') return;
    const before = this.#onDisk(plan.target, step.path);
    const after = inSnapshot(plan.snapshot, step.path, before);
    const name = displayName(baseName(step.path));
    const options = { preview: true, preserveFocus: true };
    if (step.action === 'delete') {
      if (before !== null) await open(before, this.#preview(`${name} (will be deleted)`), options);
    } else if (step.action === 'create' || before === null) {
      await open(after, this.#preview(`${name} (will come back)`), options);
    } else {
      const title = this.#preview(`${name} (now ↔ after restore)`);
      await vscode.commands.executeCommand('vscode.diff', before, after, title, options);
    }
  }

  async showAll(plan: RestorePlan): Promise<void> {
    const steps = plan.steps.filter((step) => step.kind === 'file' && step.action !== 'mode');
    const rows = steps.flatMap((step): DiffRow[] => {
      const before = this.#onDisk(plan.target, step.path);
      const after = inSnapshot(plan.snapshot, step.path, before);
      if (step.action === 'create' || before === null) return [[after, undefined, after]];
      if (step.action === 'delete') return [[before, before, undefined]];
      return [[before, before, after]];
    });
    await this.#showRows(this.#preview('Now ↔ after restore'), rows);
  }

  async close(): Promise<void> {
    const titles = [...this.#previews];
    this.#previews.clear();
    const tabs = vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      // An editor of many files has their number behind its title.
      .filter(({ label }) => titles.some((one) => label === one || label.startsWith(`${one} (`)));
    await vscode.window.tabGroups.close(
      tabs.filter((tab) => !tab.isDirty),
      true,
    );
  }

  unsaved(plan: RestorePlan): readonly string[] {
    const written = new Set(plan.steps.map((step) => step.path));
    return vscode.workspace.textDocuments
      .filter((document) => document.isDirty && document.uri.scheme === 'file')
      .map((document) => this.#places.relative(plan.target, document.uri.fsPath))
      .filter((path) => path !== null && written.has(path))
      .map((path) => displayName(path ?? ''));
  }

  /** A file as it was in a snapshot beside what it is now. */
  async compareFile(
    snapshot: SnapshotSummary,
    path: string,
    file: vscode.Uri | null,
  ): Promise<void> {
    const old = inSnapshot(snapshot, path, file);
    const name = displayName(baseName(path));
    const at = moment(snapshot.createdAt, this.#now());
    if (file === null || !(await isThere(file))) {
      await open(old, `${name} (${at}, deleted since)`, { preview: true });
      return;
    }
    await vscode.commands.executeCommand('vscode.diff', old, file, `${name} (${at} ↔ now)`, {
      preview: true,
    });
  }

  /** A version of a file beside a newer one. */
  async compareVersions(path: string, older: KeptState, newer: KeptState): Promise<void> {
    const at = (state: KeptState): string => moment(state.at, this.#now());
    const title = `${displayName(baseName(path))} (${at(older)} ↔ ${at(newer)})`;
    const sides = [snapshotUri(older.id, path), snapshotUri(newer.id, path)] as const;
    await vscode.commands.executeCommand('vscode.diff', ...sides, title, { preview: true });
  }

  /** A version of a file alone, read-only. */
  async openVersion(path: string, version: KeptState): Promise<void> {
    const label = `${displayName(baseName(path))} (${moment(version.at, this.#now())})`;
    await open(snapshotUri(version.id, path), label, { preview: true });
  }

  /** Everything that changed since a snapshot, in one editor; `total` counts what is not listed too. */
  async compareAll(
    snapshot: SnapshotSummary,
    name: string,
    changes: readonly Change[],
    total: number,
  ): Promise<void> {
    const at = moment(snapshot.createdAt, this.#now());
    const rows = changes
      .filter((change) => change.kind === 'file' && change.change !== 'mode')
      .map((change): DiffRow => {
        const now = this.#onDisk(snapshot.worktree, change.path);
        const old = inSnapshot(snapshot, change.path, now);
        if (change.change === 'removed' || now === null) return [old, old, undefined];
        if (change.change === 'added') return [now, undefined, now];
        return [now, old, now];
      });
    await this.#showRows(`${displayName(name)}: ${at} ↔ now`, rows, total);
  }

  async #showRows(title: string, rows: readonly DiffRow[], total = rows.length): Promise<void> {
    const shown = rows.slice(0, MOST_DIFFS);
    const left = Math.max(total, rows.length) - shown.length;
    const heading = left > 0 ? `${title} (${count(left, 'more change')} not shown)` : title;
    await vscode.commands.executeCommand('vscode.changes', heading, shown);
  }

  #preview(title: string): string {
    this.#previews.add(title);
    return title;
  }

  #onDisk(root: string, path: string): vscode.Uri | null {
    const file = this.#places.onDisk(root, path);
    return file === null ? null : vscode.Uri.file(file);
  }
}

/** The side of a diff that is in the snapshot; `file` is the other side, where there is one. */
function inSnapshot(snapshot: SnapshotSummary, path: string, file: vscode.Uri | null): vscode.Uri {
  return file === null ? snapshotUri(snapshot.id, path) : snapshotSide(snapshot.id, path, file);
}

async function open(
  uri: vscode.Uri,
  label: string,
  options: vscode.TextDocumentShowOptions,
): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', uri, options, label);
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
}
