import * as vscode from 'vscode';
import type { ListedSnapshot, SnapshotSummary, WorktreeInfo } from '../agent/protocol/entities';
import { AgentError } from './agent-error';
import type { App } from './app';
import { pickSnapshot, pickWorktree } from './pickers';
import type { Place } from './places';
import { parseSnapshotUri, SNAPSHOT_SCHEME } from './snapshot-uri';
import { TreeNode } from './tree-node';

/** What a command was called on: a row of the views, a file, or nothing. */
export type Target =
  | { readonly kind: 'worktree'; readonly worktree: WorktreeInfo }
  | { readonly kind: 'snapshot'; readonly snapshot: ListedSnapshot }
  | { readonly kind: 'entry'; readonly snapshot: SnapshotSummary; readonly path: string }
  | { readonly kind: 'place'; readonly place: Place; readonly uri: vscode.Uri }
  | { readonly kind: 'nothing' };

/**
 * Reads the argument that VS Code hands to a command. Without one, the active
 * editor counts where `useEditor` says so.
 */
export async function targetOf(app: App, argument: unknown, useEditor: boolean): Promise<Target> {
  if (argument instanceof TreeNode) return fromNode(argument);
  if (argument instanceof vscode.Uri) return fromUri(app, argument);
  const active = useEditor ? activeUri() : undefined;
  if (active === undefined) return { kind: 'nothing' };
  try {
    return await fromUri(app, active);
  } catch {
    // The editor is only a guess at what the person means.
    return { kind: 'nothing' };
  }
}

/** The worktree to work on: the one of the target, of the window, or one that the person picks. */
export async function worktreeOf(
  app: App,
  target: Target,
  title: string,
): Promise<WorktreeInfo | null> {
  if (target.kind === 'worktree') return target.worktree;
  if (target.kind === 'place') return target.place.worktree;
  const current = app.worktrees.current();
  if (current !== null) return current;
  const all = app.worktrees.all();
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const picked = await pickWorktree(app, { title, number: [1, 1], canGoBack: false }, all);
  return picked.kind === 'chosen' ? picked.value : null;
}

/** The snapshot to work on: the one of the target, or one that the person picks among those that count. */
export async function snapshotOf(
  app: App,
  target: Target,
  title: string,
  which: { readonly only: (snapshot: ListedSnapshot) => boolean; readonly empty: string },
): Promise<ListedSnapshot | null> {
  if (target.kind === 'snapshot') return target.snapshot;
  const worktree = await worktreeOf(app, target, title);
  if (worktree === null) return null;
  const step = { title, number: [1, 1], canGoBack: false } as const;
  for (;;) {
    const picked = await pickSnapshot(app, step, worktree, which);
    if (picked.kind !== 'chosen') return null;
    if (picked.value !== 'more') return picked.value;
    await app.lists.loadMore(worktree);
  }
}

/** The file of the active editor, also where that editor shows a picture or a diff. */
function activeUri(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom)
    return input.uri;
  if (input instanceof vscode.TabInputTextDiff) return input.modified;
  return vscode.window.activeTextEditor?.document.uri;
}

function fromNode({ value }: TreeNode): Target {
  switch (value.kind) {
    case 'worktree':
    case 'day':
    case 'more':
      return { kind: 'worktree', worktree: value.worktree };
    case 'snapshot':
      return { kind: 'snapshot', snapshot: value.snapshot };
    case 'entry':
      return { kind: 'entry', snapshot: value.snapshot, path: value.path };
    default:
      return { kind: 'nothing' };
  }
}

async function fromUri(app: App, uri: vscode.Uri): Promise<Target> {
  if (uri.scheme === SNAPSHOT_SCHEME) {
    const parsed = parseSnapshotUri(uri);
    if (parsed === null) return { kind: 'nothing' };
    const snapshot = await app.connection.call('snapshot/show', { snapshot: parsed.snapshot });
    return { kind: 'entry', snapshot, path: parsed.path };
  }
  if (uri.scheme !== 'file') return { kind: 'nothing' };
  const place = app.worktrees.locate(uri.fsPath);
  if (place !== null) return { kind: 'place', place, uri };
  throw new AgentError(
    'not-protected',
    `Bulwark does not protect ${uri.fsPath}: run “Bulwark: Protect This Folder” first.`,
  );
}
