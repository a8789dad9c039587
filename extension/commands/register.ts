import * as vscode from 'vscode';
import type { App } from '../app';
import { reportProblems } from '../report-problems';
import { TreeNode } from '../tree-node';
import {
  acknowledgeAlert,
  copyAlert,
  endSilence,
  goToCause,
  resolveAlert,
  silenceAlert,
} from './alerts';
import { backUpNow } from './back-up';
import { compareWithSnapshot } from './compare';
import { openSettings, reviewSettings, revokeSettings } from './component-settings';
import {
  copyComponentId,
  openComponentTerminal,
  restartComponent,
  showComponentLog,
  startComponent,
  stopComponent,
} from './components';
import { deleteSnapshot } from './delete-snapshot';
import { fixFault } from './fix';
import { runDrill, verifyStore } from './integrity';
import { showAgentLog, showLog } from './logs';
import { showMenu } from './menu';
import { openSnapshot } from './open-snapshot';
import { pinSnapshot, unpinSnapshot } from './pins';
import { protectFolder, stopProtecting } from './protect';
import {
  approveRecovery,
  cancelRecovery,
  explainRecovery,
  showRecovery,
  undoRecovery,
} from './recoveries';
import { showReport } from './report';
import { restoreFile, restoreMoment, restoreSnapshot } from './restore';
import { snapshotNow } from './snapshot-now';
import { undoLastRestore } from './undo-restore';
import { showVersions } from './versions';

/** @param selection all rows that are selected, when it was called on one of several */
type Command = (app: App, argument: unknown, selection: readonly unknown[]) => Promise<void> | void;

/** Commands that change something: refused in a workspace that is not trusted. */
const CHANGING: Readonly<Record<string, Command>> = {
  'bulwark.snapshotNow': snapshotNow,
  'bulwark.backUpNow': backUpNow,
  'bulwark.pinSnapshot': pinSnapshot,
  'bulwark.unpinSnapshot': unpinSnapshot,
  'bulwark.deleteSnapshot': deleteSnapshot,
  'bulwark.restoreSnapshot': restoreSnapshot,
  'bulwark.restoreFile': restoreFile,
  'bulwark.restoreMoment': restoreMoment,
  'bulwark.runDrill': runDrill,
  'bulwark.undoRestore': undoLastRestore,
  'bulwark.protectFolder': protectFolder,
  'bulwark.stopProtecting': stopProtecting,
  'bulwark.startComponent': startComponent,
  'bulwark.stopComponent': stopComponent,
  'bulwark.restartComponent': restartComponent,
  'bulwark.openComponentTerminal': openComponentTerminal,
  'bulwark.openComponentSettings': openSettings,
  'bulwark.reviewComponentSettings': reviewSettings,
  'bulwark.revokeComponentSettings': revokeSettings,
  'bulwark.acknowledgeAlert': acknowledgeAlert,
  'bulwark.silenceAlert': silenceAlert,
  'bulwark.endSilence': endSilence,
  'bulwark.resolveAlert': resolveAlert,
  'bulwark.fixFault': fixFault,
  'bulwark.approveRecovery': approveRecovery,
  'bulwark.cancelRecovery': cancelRecovery,
  'bulwark.undoRecovery': undoRecovery,
};

const LOOKING: Readonly<Record<string, Command>> = {
  'bulwark.compareWithSnapshot': compareWithSnapshot,
  'bulwark.showVersions': showVersions,
  'bulwark.openSnapshot': openSnapshot,
  'bulwark.verifyStore': verifyStore,
  'bulwark.showComponentLog': showComponentLog,
  'bulwark.copyComponentId': copyComponentId,
  'bulwark.goToCause': goToCause,
  'bulwark.copyAlert': copyAlert,
  'bulwark.showHealth': (app) => app.showHealth(),
  'bulwark.showReport': showReport,
  'bulwark.showRecovery': showRecovery,
  'bulwark.explainRecovery': explainRecovery,
  'bulwark.showLog': showLog,
  'bulwark.showAgentLog': showAgentLog,
  'bulwark.showMenu': showMenu,
  'bulwark.startAgent': (app) => app.connection.start(),
  'bulwark.refresh': (app) => app.reload(),
  'bulwark.loadMore': loadMore,
  'bulwark.copySnapshotId': copySnapshotId,
};

/**
 * Commands that work on something else where they are given nothing: the active editor's file, or what
 * the person picks. The menus of rows and files always give one: VS Code hands over nothing only for a
 * row that is no more, because its tree was drawn anew while the menu was open. Nothing else must stand
 * in for it.
 */
const OF_ONE_THING: ReadonlySet<string> = new Set([
  'bulwark.restoreFile',
  'bulwark.compareWithSnapshot',
  'bulwark.showVersions',
  'bulwark.pinSnapshot',
  'bulwark.unpinSnapshot',
  'bulwark.deleteSnapshot',
  'bulwark.startComponent',
  'bulwark.stopComponent',
  'bulwark.restartComponent',
  'bulwark.showComponentLog',
  'bulwark.openComponentTerminal',
  'bulwark.reviewComponentSettings',
  'bulwark.revokeComponentSettings',
  'bulwark.acknowledgeAlert',
  'bulwark.silenceAlert',
  'bulwark.endSilence',
  'bulwark.resolveAlert',
  'bulwark.goToCause',
  'bulwark.fixFault',
  'bulwark.approveRecovery',
  'bulwark.cancelRecovery',
  'bulwark.undoRecovery',
  'bulwark.showRecovery',
  'bulwark.explainRecovery',
]);

/** Registers every command of package.json; the result takes them back. */
export function registerCommands(app: App): vscode.Disposable {
  const entries = [
    ...Object.entries(LOOKING),
    ...Object.entries(CHANGING).map(([id, command]) => [id, whenTrusted(command)] as const),
  ];
  return vscode.Disposable.from(
    ...entries.map(([id, command]) =>
      vscode.commands.registerCommand(id, (...given: unknown[]) =>
        reportProblems(app, id, async () => {
          const [argument, selection] = given;
          if (OF_ONE_THING.has(id) && given.length > 0 && argument == null)
            void app.ui.notify('info', 'The list has just changed. Choose again.', []);
          else await command(app, argument, Array.isArray(selection) ? selection : []);
        }),
      ),
    ),
  );
}

/** The enablement in package.json hides a command; a key binding could still call it. */
function whenTrusted(command: Command): Command {
  return async (app, argument, selection) => {
    if (vscode.workspace.isTrusted) {
      await command(app, argument, selection);
      return;
    }
    const answer = await app.ui.notify(
      'warning',
      'In Restricted Mode Bulwark shows snapshots, but changes nothing.',
      ['Manage Workspace Trust'],
    );
    if (answer !== undefined) await vscode.commands.executeCommand('workbench.trust.manage');
  };
}

async function loadMore(app: App, argument: unknown): Promise<void> {
  if (argument instanceof TreeNode && argument.value.kind === 'more') {
    await app.lists.loadMore(argument.value.worktree);
  }
}

async function copySnapshotId(app: App, argument: unknown): Promise<void> {
  if (!(argument instanceof TreeNode) || argument.value.kind !== 'snapshot') return;
  await vscode.env.clipboard.writeText(argument.value.snapshot.id);
  app.ui.mention('The snapshot’s ID was copied');
}
