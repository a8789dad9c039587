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
      : await chooseFolder(app);
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

/** The folder to protect; those that are protected already are not offered. */
async function chooseFolder(app: App): Promise<string | null> {
  const left = app.worktrees.unprotectedFolders();
  const [only] = left;
  if (only === undefined) {
    app.ui.mention('Everything that is open here is protected already');
    return null;
  }
  if (left.length === 1) return only;
  const picked = await app.ui.pick<string>({
    title: 'Protect This Folder',
    placeholder: 'Choose the folder to protect',
    canGoBack: false,
    choices: () =>
      Promise.resolve(
        left.map((folder) => ({
          label: path.basename(folder),
          icon: 'folder',
          detail: folder,
          value: folder,
        })),
      ),
  });
  return picked.kind === 'chosen' ? picked.value : null;
}
