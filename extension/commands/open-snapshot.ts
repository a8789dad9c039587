import * as vscode from 'vscode';
import type { SnapshotSummary } from '../../agent/protocol/entities';
import type { App } from '../app';
import { pickEntry, pickSnapshot, type Step } from '../pickers';
import { snapshotTitle } from '../snapshot-words';
import { snapshotUri } from '../snapshot-uri';
import { runStages, type Outcome } from '../stages';
import { targetOf, worktreeOf, type Target } from '../targets';

type Stage =
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'how'; readonly snapshot: SnapshotSummary }
  | { readonly kind: 'browse'; readonly snapshot: SnapshotSummary; readonly path: string };

/** Open Snapshot: looks through its files, or adds it to the explorer as a read-only folder. */
export async function openSnapshot(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  const first: Stage =
    target.kind === 'snapshot' || target.kind === 'entry'
      ? { kind: 'how', snapshot: target.snapshot }
      : { kind: 'snapshot' };
  await runStages<Stage>(first, (stage, canGoBack) => {
    const step: Step = { title: 'Open Snapshot', number: numberOf(stage, first), canGoBack };
    if (stage.kind === 'snapshot') return chooseSnapshot(app, target, step);
    return stage.kind === 'how' ? chooseHow(app, stage, step) : browse(app, stage, step);
  });
}

function numberOf(stage: Stage, first: Stage): readonly [number, number] {
  const order = { snapshot: 1, how: 2, browse: 3 };
  const before = order[first.kind] - 1;
  return [order[stage.kind] - before, order.browse - before];
}

async function chooseSnapshot(app: App, target: Target, step: Step): Promise<Outcome<Stage>> {
  const worktree = await worktreeOf(app, target, step.title);
  if (worktree === null) return { kind: 'cancelled' };
  const picked = await pickSnapshot(app, step, worktree);
  if (picked.kind !== 'chosen') return picked;
  if (picked.value === 'more') {
    await app.lists.loadMore(worktree);
    return { kind: 'again' };
  }
  return { kind: 'next', stage: { kind: 'how', snapshot: picked.value } };
}

async function chooseHow(
  app: App,
  { snapshot }: Stage & { kind: 'how' },
  step: Step,
): Promise<Outcome<Stage>> {
  const title = snapshotTitle(snapshot, app.nameOf(snapshot), app.now());
  const picked = await app.ui.pick<'browse' | 'add'>({
    title: `Open Snapshot: ${title}`,
    step: step.number,
    canGoBack: step.canGoBack,
    placeholder: 'Choose how to look at it. Snapshots are read-only.',
    choices: () =>
      Promise.resolve([
        {
          label: 'Browse files',
          icon: 'list-tree',
          description: 'open single files, this window stays as it is',
          value: 'browse' as const,
        },
        {
          label: 'Add to the Explorer',
          icon: 'new-folder',
          description: 'as one more folder of this workspace',
          value: 'add' as const,
        },
      ]),
  });
  if (picked.kind !== 'chosen') return picked;
  if (picked.value === 'browse')
    return { kind: 'next', stage: { kind: 'browse', snapshot, path: '' } };
  addToExplorer(snapshot, title);
  return { kind: 'done' };
}

async function browse(
  app: App,
  { snapshot, path }: Stage & { kind: 'browse' },
  step: Step,
): Promise<Outcome<Stage>> {
  const picked = await pickEntry(app, step, { snapshot: snapshot.id, path }, 'file');
  if (picked.kind !== 'chosen') return picked;
  if (picked.value.kind === 'folder') {
    return { kind: 'next', stage: { kind: 'browse', snapshot, path: picked.value.path } };
  }
  await vscode.commands.executeCommand('vscode.open', snapshotUri(snapshot.id, picked.value.path));
  return { kind: 'done' };
}

/** Puts it last: a change of the first folder would restart every extension. */
function addToExplorer(snapshot: SnapshotSummary, title: string): void {
  const uri = snapshotUri(snapshot.id, '');
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.some((folder) => folder.uri.toString() === uri.toString())) return;
  vscode.workspace.updateWorkspaceFolders(folders.length, 0, { uri, name: `Snapshot: ${title}` });
}
