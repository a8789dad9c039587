import * as vscode from 'vscode';
import type { SnapshotId, WorktreeInfo } from '../../agent/protocol/entities';
import { AgentError } from '../agent-error';
import type { App } from '../app';
import type { FileVersion } from '../file-versions';
import { capitalized, moment } from '../format';
import { baseName, displayName } from '../names';
import { pickEntry, pickSnapshot, pickVersion, type Step } from '../pickers';
import { runStages, type Outcome } from '../stages';
import { targetOf, worktreeOf, type Target } from '../targets';
import type { Choice } from '../ui';

interface File {
  readonly worktree: WorktreeInfo;
  readonly path: string;
}

type Stage =
  | { readonly kind: 'snapshot'; readonly worktree: WorktreeInfo }
  | { readonly kind: 'browse'; readonly snapshot: SnapshotId; readonly file: File }
  | { readonly kind: 'version'; readonly file: File }
  | {
      readonly kind: 'act';
      readonly file: File;
      readonly version: FileVersion;
      readonly before: FileVersion | null;
    };
type StageOf<K extends Stage['kind']> = Extract<Stage, { kind: K }>;

const TITLE = 'Show Versions of File';

/** Show Versions of File…: every version that was kept, and what can be done with one of them. */
export async function showVersions(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, true);
  const first = await firstStage(app, target);
  if (first === null) return;
  await runStages<Stage>(first, (stage, canGoBack) => {
    const step = { title: titleOf(stage), number: numberOf(stage, first), canGoBack } as const;
    switch (stage.kind) {
      case 'snapshot':
        return chooseSnapshot(app, stage, step);
      case 'browse':
        return chooseFile(app, stage, step);
      case 'version':
        return chooseVersion(app, stage, step);
      case 'act':
        return act(app, stage, step);
    }
  });
}

async function firstStage(app: App, target: Target): Promise<Stage | null> {
  if (target.kind === 'place' && target.place.path !== '')
    return { kind: 'version', file: target.place };
  if (target.kind === 'entry') {
    const worktree = app.model.get(target.snapshot.source);
    if (worktree === undefined)
      throw new AgentError(
        'not-protected',
        `${displayName(target.snapshot.worktree)} is not protected any more: only this snapshot has the file.`,
      );
    return { kind: 'version', file: { worktree, path: target.path } };
  }
  const worktree = await worktreeOf(app, target, TITLE);
  return worktree === null ? null : { kind: 'snapshot', worktree };
}

function titleOf(stage: Stage): string {
  if (stage.kind === 'snapshot' || stage.kind === 'browse') return TITLE;
  return `Versions of ${displayName(baseName(stage.file.path))}`;
}

function numberOf(stage: Stage, first: Stage): readonly [number, number] {
  const order = { snapshot: 1, browse: 2, version: 3, act: 4 };
  const before = order[first.kind] - 1;
  return [order[stage.kind] - before, order.act - before];
}

async function chooseSnapshot(
  app: App,
  { worktree }: StageOf<'snapshot'>,
  step: Step,
): Promise<Outcome<Stage>> {
  const picked = await pickSnapshot(app, step, worktree);
  if (picked.kind !== 'chosen') return picked;
  if (picked.value === 'more') {
    await app.lists.loadMore(worktree);
    return { kind: 'again' };
  }
  const file = { worktree, path: '' };
  return { kind: 'next', stage: { kind: 'browse', snapshot: picked.value.id, file } };
}

async function chooseFile(
  app: App,
  { snapshot, file: { worktree, path } }: StageOf<'browse'>,
  step: Step,
): Promise<Outcome<Stage>> {
  const picked = await pickEntry(app, step, { snapshot, path }, 'file');
  if (picked.kind !== 'chosen') return picked;
  const file = { worktree, path: picked.value.path };
  if (picked.value.kind === 'folder')
    return { kind: 'next', stage: { kind: 'browse', snapshot, file } };
  return { kind: 'next', stage: { kind: 'version', file } };
}

async function chooseVersion(
  app: App,
  { file }: StageOf<'version'>,
  step: Step,
): Promise<Outcome<Stage>> {
  const { call } = app.connection;
  const picked = await pickVersion({ ...app, call }, step, file, false);
  if (picked.kind !== 'chosen') return picked;
  const chosen = picked.value;
  if (chosen.kind === 'version') {
    const { version, before } = chosen;
    return { kind: 'next', stage: { kind: 'act', file, version, before } };
  }
  await app.lists.loadMore(file.worktree);
  return { kind: 'again' };
}

/** What is done with a version; looking leaves the list open, so that another look is one key away. */
async function act(app: App, stage: StageOf<'act'>, step: Step): Promise<Outcome<Stage>> {
  const { file, version, before } = stage;
  const { call } = app.connection;
  const onDisk = app.places.onDisk(file.worktree.path, file.path);
  const looks: Readonly<Record<'now' | 'before' | 'alone', () => Promise<void>>> = {
    async now() {
      const snapshot = await call('snapshot/show', { snapshot: version.id });
      const uri = onDisk === null ? null : vscode.Uri.file(onDisk);
      await app.diffs.compareFile(snapshot, file.path, uri);
    },
    async before() {
      if (before !== null) await app.diffs.compareVersions(file.path, before, version);
    },
    alone: () => app.diffs.openVersion(file.path, version),
  };
  const picked = await app.ui.pick<keyof typeof looks | 'restore'>({
    title: `${step.title}: ${moment(version.at, app.now())}`,
    step: step.number,
    canGoBack: step.canGoBack,
    placeholder: 'Choose what to do with this version',
    choices: () => Promise.resolve(actions(app, before)),
    async onChoose(chosen) {
      if (chosen === 'restore') return 'close';
      await looks[chosen]();
      return 'stay';
    },
  });
  if (picked.kind !== 'chosen') return picked;
  const snapshot = await call('snapshot/show', { snapshot: version.id });
  await app.restore({ kind: 'plan', snapshot, scope: { kind: 'path', path: file.path } });
  return { kind: 'done' };
}

function actions(
  app: App,
  before: FileVersion | null,
): Choice<'now' | 'before' | 'alone' | 'restore'>[] {
  const choices: Choice<'now' | 'before' | 'alone' | 'restore'>[] = [
    {
      label: 'Compare with now',
      icon: 'git-compare',
      description: 'this version beside the file as it is',
      value: 'now',
    },
    { label: 'Open', icon: 'go-to-file', description: 'read-only', value: 'alone' },
  ];
  if (before !== null)
    choices.splice(1, 0, {
      label: 'Compare with the version before',
      icon: 'diff',
      description: capitalized(moment(before.at, app.now())),
      value: 'before',
    });
  if (vscode.workspace.isTrusted)
    choices.push({
      label: 'Restore…',
      icon: 'history',
      description: 'shows first what it would change',
      value: 'restore',
    });
  return choices;
}
