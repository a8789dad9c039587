import * as path from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../app';
import { count } from '../format';
import { displayName } from '../names';
import { targetOf } from '../targets';

/** Protect This Folder: the open folder, or the one that the person picks of several. */
export async function protectFolder(app: App, argument: unknown): Promise<void> {
  const folder =
    argument instanceof vscode.Uri && argument.scheme === 'file'
      ? argument.fsPath
      : await chooseFolder();
  if (folder !== null) await protect(app, folder);
}

/** Protects the repository of a folder, or the folder alone when it is in none. */
export async function protect(app: App, folder: string): Promise<void> {
  const { worktrees } = await app.ui.progress(
    `Protecting ${path.basename(folder)}`,
    (onProgress, signal) =>
      app.connection.call('worktree/protect', { path: folder }, { signal, onProgress }),
  );
  await app.reload();
  app.ui.mention(`Bulwark protects ${count(worktrees.length, 'worktree')}`);
}

/** Stop Protecting: the worktree is no longer watched; its snapshots stay. */
export async function stopProtecting(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  if (target.kind !== 'worktree') return;
  const { name, path } = target.worktree;
  await app.connection.call('worktree/unprotect', { path });
  await app.reload();
  const message = `${displayName(name)} is no longer protected. Its snapshots are kept.`;
  const answer = await app.ui.notify('info', message, ['Protect Again']);
  if (answer !== undefined) await protect(app, path);
}

async function chooseFolder(): Promise<string | null> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(
    (folder) => folder.uri.scheme === 'file',
  );
  const [only] = folders;
  if (only === undefined) return null;
  if (folders.length === 1) return only.uri.fsPath;
  const picked = await vscode.window.showWorkspaceFolderPick({
    placeHolder: 'Choose the folder to protect',
  });
  return picked?.uri.scheme === 'file' ? picked.uri.fsPath : null;
}
