import * as vscode from 'vscode';
import type { App } from '../app';
import type { Choice } from '../ui';

/** Show Menu: what can be done at this moment; opened by the status bar item. */
export async function showMenu(app: App): Promise<void> {
  const picked = await app.ui.pick<string>({
    title: 'Bulwark',
    placeholder: 'Choose what to do',
    canGoBack: false,
    choices: () => Promise.resolve(menuChoices(app)),
  });
  if (picked.kind === 'chosen') await vscode.commands.executeCommand(picked.value);
}

function menuChoices(app: App): Choice<string>[] {
  const connected = app.connection.state.kind === 'connected';
  const some = connected && app.model.list.length > 0;
  const trusted = vscode.workspace.isTrusted;
  const hasUnprotected = app.worktrees.unprotectedFolders().length > 0;
  const choices: (Choice<string> & { readonly when: boolean })[] = [
    entry('Start Agent', 'debug-start', 'bulwark.startAgent', !connected),
    entry(
      'Protect This Folder',
      'shield',
      'bulwark.protectFolder',
      connected && trusted && hasUnprotected,
    ),
    entry('Snapshot Now', 'device-camera', 'bulwark.snapshotNow', some && trusted),
    entry('Back Up Now…', 'archive', 'bulwark.backUpNow', some && trusted),
    entry('Restore Snapshot…', 'history', 'bulwark.restoreSnapshot', some && trusted),
    entry('Restore to a Moment…', 'watch', 'bulwark.restoreMoment', some && trusted),
    entry('Restore File…', 'file', 'bulwark.restoreFile', some && trusted),
    entry(
      'Undo Last Restore',
      'discard',
      'bulwark.undoRestore',
      trusted && app.worktrees.lastRestore() !== null,
    ),
    entry('Compare with Snapshot', 'git-compare', 'bulwark.compareWithSnapshot', some),
    entry('Show Versions of File…', 'versions', 'bulwark.showVersions', some),
    entry('Open Snapshot', 'folder-opened', 'bulwark.openSnapshot', some),
    entry('Verify Store', 'verified', 'bulwark.verifyStore', connected),
    entry('Run Drill…', 'beaker', 'bulwark.runDrill', some && trusted),
    entry('Manage Workspace Trust', 'workspace-untrusted', 'workbench.trust.manage', !trusted),
    entry('Show Worktrees', 'list-tree', 'bulwark.worktrees.focus', true),
    entry('Show Health', 'pulse', 'bulwark.showHealth', true),
    entry('Show Report…', 'graph', 'bulwark.showReport', connected),
    entry('Show Log', 'output', 'bulwark.showLog', true),
  ];
  return choices.filter((choice) => choice.when);
}

function entry(
  label: string,
  icon: string,
  value: string,
  when: boolean,
): Choice<string> & { readonly when: boolean } {
  return { label, icon, value, when };
}
