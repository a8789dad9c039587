import * as vscode from 'vscode';
import type { DrillReport, VerifyReport } from '../../agent/protocol/store-entities';
import type { WorktreeInfo } from '../../agent/protocol/entities';
import type { App } from '../app';
import { age } from '../format';
import {
  drillLines,
  drillSummary,
  repairDetail,
  repairLines,
  repairSummary,
  verifyLines,
  verifySummary,
} from '../integrity-words';
import { displayName } from '../names';
import { worktreeChoice } from '../pickers';
import { targetOf } from '../targets';
import type { Choice } from '../ui';

const DETAILS = 'Show Details';
const REPAIR = 'Repair…';

/** Verify Store: reads everything back, says what it found, and offers to mend what is damaged. */
export async function verifyStore(app: App): Promise<void> {
  const report = await app.ui.progress('Verifying the store', (onProgress, signal) =>
    app.connection.call('store/verify', {}, { signal, onProgress }),
  );
  await app.health.read();
  if (report.ok) {
    void app.ui.notify('info', verifySummary(report), []);
    return;
  }
  const canRepair = report.repair !== null && vscode.workspace.isTrusted;
  const actions = canRepair ? [REPAIR, DETAILS] : [DETAILS];
  const answer = await app.ui.notify('error', verifySummary(report), actions);
  if (answer === DETAILS) show(app, verifyLines(report, app.now()));
  else if (answer === REPAIR) await repair(app, report);
}

async function repair(app: App, report: VerifyReport): Promise<void> {
  const plan = report.repair;
  if (plan === null) return;
  const agreed = await app.ui.confirm({
    message: 'Repair the store?',
    detail: repairDetail(report).join('\n\n'),
    action: 'Repair',
  });
  if (!agreed) return;
  const result = await app.ui.progress('Repairing the store', (onProgress, signal) =>
    app.connection.call('store/repair', { plan: plan.id }, { signal, onProgress }),
  );
  await app.health.read();
  const isWhole = result.lost === 0 && result.closedPacks.length === 0;
  const answer = await app.ui.notify(isWhole ? 'info' : 'error', repairSummary(result), [DETAILS]);
  if (answer !== undefined) show(app, repairLines(result, app.now()));
}

type What = WorktreeInfo | 'all' | DrillReport;

/** Run Drill…: tries out whether the newest backups can be restored. */
export async function runDrill(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  if (target.kind === 'worktree') {
    await drill(app, target.worktree);
    return;
  }
  const picked = await app.ui.pick<What>({
    title: 'Run Drill',
    placeholder: 'Restores the newest backup to a scratch folder and compares it. Your files stay.',
    canGoBack: false,
    async choices() {
      const { drill: last } = await app.connection.call('drill/last', {});
      return drillChoices(app, last);
    },
  });
  if (picked.kind !== 'chosen') return;
  if (picked.value !== 'all' && 'sources' in picked.value)
    show(app, drillLines(picked.value, app.now()));
  else await drill(app, picked.value === 'all' ? null : picked.value);
}

/** Shows what the last drill of everything did. */
export async function showLastDrill(app: App): Promise<void> {
  const { drill: last } = await app.connection.call('drill/last', {});
  if (last === null) void app.ui.notify('info', 'There was no drill yet.', []);
  else show(app, drillLines(last, app.now()));
}

function drillChoices(app: App, last: DrillReport | null): Choice<What>[] {
  const choices: Choice<What>[] = [
    { label: 'All worktrees', icon: 'checklist', value: 'all' },
    ...app.worktrees.all().map((one) => worktreeChoice(one, app.now())),
  ];
  if (last === null) return choices;
  const verdict = last.ok ? 'everything came back' : 'not everything came back';
  return [
    ...choices,
    {
      label: 'Show the last result',
      icon: 'output',
      description: `${age(last.at, app.now())} · ${verdict}`,
      value: last,
    },
  ];
}

async function drill(app: App, worktree: WorktreeInfo | null): Promise<void> {
  const of = worktree === null ? 'all worktrees' : displayName(worktree.name);
  const report = await app.ui.progress(`Drill of ${of}`, (onProgress, signal) =>
    app.connection.call('drill/run', worktree === null ? {} : { path: worktree.path }, {
      signal,
      onProgress,
    }),
  );
  await app.health.read();
  const severity = report.ok ? 'info' : 'error';
  void app.ui.notify(severity, drillSummary(report), [DETAILS]).then((answer) => {
    if (answer !== undefined) show(app, drillLines(report, app.now()));
  });
}

function show(app: App, lines: readonly string[]): void {
  for (const line of lines) app.log.info(line);
  app.log.show();
}
