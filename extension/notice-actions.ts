import * as vscode from 'vscode';
import type { Notice } from '../agent/protocol/entities';
import type { App } from './app';
import { showLastDrill, verifyStore } from './commands/integrity';
import { reviewRecovery } from './commands/recoveries';
import { undoRestore } from './commands/undo-restore';
import { noticeWords, type NoticeAction } from './notice-words';
import { reportProblems } from './report-problems';

/** Shows notices that belong together, and does what the person chooses. */
export async function showNotices(app: App, notices: readonly Notice[]): Promise<void> {
  // That something is over needs no answer.
  const isOver = ({ alerts }: Notice): boolean => alerts?.length === 0;
  for (const { message } of notices.filter(isOver)) app.ui.mention(message);
  const told = notices.filter((notice) => !isOver(notice));
  const words = noticeWords(told);
  if (words === null) return;
  const answer = await app.ui.notify(words.severity, words.message, [words.title]);
  if (answer === undefined) return;
  const source = told[0]?.source ?? null;
  const name = (source === null ? undefined : app.model.get(source)?.name) ?? 'the worktree';
  await reportProblems(app, 'notice', () => act(app, words.action, name));
}

async function act(app: App, action: NoticeAction, name: string): Promise<void> {
  if (action.kind === 'show-log') await vscode.commands.executeCommand('bulwark.showAgentLog');
  else if (action.kind === 'verify') await verifyStore(app);
  else if (action.kind === 'drill') await showLastDrill(app);
  else if (action.kind === 'show-worktrees') {
    await vscode.commands.executeCommand('bulwark.worktrees.focus');
  } else if (action.kind === 'show-alert') {
    await app.show({ alert: action.alert });
  } else if (action.kind === 'recovery') {
    await reviewRecovery(app, action.recovery);
  } else if (!vscode.workspace.isTrusted) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  } else if (action.kind === 'undo') await undoRestore(app, action.operation, name);
  else {
    const snapshot = await app.connection.call('snapshot/show', { snapshot: action.snapshot });
    if (action.kind === 'restore') await app.restore({ kind: 'scope', snapshot });
    else {
      const scope = { kind: 'everything', withGitState: action.withGitState } as const;
      await app.restore({ kind: 'plan', snapshot, scope });
    }
  }
}
