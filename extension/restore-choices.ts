import type { SnapshotSummary, WorktreeInfo } from '../agent/protocol/entities';
import type { Call } from './agent-link';
import { JournalPages } from './journal-pages';
import { pickMoment } from './pick-moment';
import {
  pickEntry,
  pickSnapshot,
  pickVersion,
  pickWorktree,
  type PickSources,
  type Step,
} from './pickers';
import { next, type Next, type RestoreStage, type StageOf } from './restore-stages';
import type { Choice } from './ui';

/** Restore, first step: which worktree. */
export async function chooseWorktree(
  sources: PickSources & { readonly worktrees: () => readonly WorktreeInfo[]; readonly call: Call },
  { want }: StageOf<'worktree'>,
  step: Step,
): Next {
  const picked = await pickWorktree(sources, step, sources.worktrees());
  if (picked.kind !== 'chosen') return picked;
  const worktree = picked.value;
  if (want.kind !== 'moment') return next({ kind: 'snapshot', worktree, want });
  const journal = new JournalPages(sources.call, worktree.path);
  return next({ kind: 'moment', worktree, journal });
}

/** Which moment of the journal. */
export async function chooseMoment(
  sources: PickSources & { readonly call: Call },
  { worktree, journal }: StageOf<'moment'>,
  step: Step,
): Next {
  const picked = await pickMoment(sources, step, worktree.name, journal);
  if (picked.kind !== 'chosen') return picked;
  if (picked.value === 'more') {
    await journal.loadMore();
    return { kind: 'again' };
  }
  const snapshot = await sources.call('snapshot/show', { snapshot: picked.value.id });
  return next({ kind: 'scope', snapshot });
}

/** Which of its snapshots. */
export async function chooseSnapshot(
  sources: PickSources,
  { worktree, want }: StageOf<'snapshot'>,
  step: Step,
): Next {
  const picked = await pickSnapshot(sources, step, worktree);
  if (picked.kind !== 'chosen') return picked;
  const snapshot = picked.value;
  if (snapshot === 'more') {
    await sources.lists.loadMore(worktree);
    return { kind: 'again' };
  }
  switch (want.kind) {
    case 'anything':
    case 'moment':
      return next({ kind: 'scope', snapshot });
    case 'file':
      return next({ kind: 'browse', snapshot, want: 'file', path: '' });
    case 'path':
      return next({ kind: 'plan', snapshot, scope: { kind: 'path', path: want.path } });
  }
}

/** Which version of one file. */
export async function chooseVersion(
  sources: PickSources & { readonly call: Call },
  stage: StageOf<'version'>,
  step: Step,
): Next {
  const picked = await pickVersion(sources, step, stage, stage.others);
  if (picked.kind !== 'chosen') return picked;
  switch (picked.value.kind) {
    case 'more':
      await sources.lists.loadMore(stage.worktree);
      return { kind: 'again' };
    case 'other-file':
      return next({ kind: 'worktree', want: { kind: 'file' } });
    case 'version': {
      const snapshot = await sources.call('snapshot/show', { snapshot: picked.value.version.id });
      return next({ kind: 'plan', snapshot, scope: { kind: 'path', path: stage.path } });
    }
  }
}

/** How much of the snapshot. */
export async function chooseScope(
  { ui }: PickSources,
  { snapshot }: StageOf<'scope'>,
  step: Step,
): Next {
  const picked = await ui.pick<RestoreStage>({
    title: step.title,
    step: step.number,
    canGoBack: step.canGoBack,
    placeholder: 'Choose what to restore. Nothing is changed before you have seen the plan.',
    choices: () => Promise.resolve(scopes(snapshot)),
  });
  return picked.kind === 'chosen' ? next(picked.value) : picked;
}

/** Which file or folder, one folder of the snapshot at a time. */
export async function chooseEntry(
  sources: PickSources,
  { snapshot, want, path }: StageOf<'browse'>,
  step: Step,
): Next {
  const picked = await pickEntry(sources, step, { snapshot: snapshot.id, path }, want);
  if (picked.kind !== 'chosen') return picked;
  const chosen = picked.value;
  if (chosen.kind === 'folder') return next({ kind: 'browse', snapshot, want, path: chosen.path });
  return next({ kind: 'plan', snapshot, scope: { kind: 'path', path: chosen.path } });
}

function scopes(snapshot: SnapshotSummary): readonly Choice<RestoreStage>[] {
  const choices: Choice<RestoreStage>[] = [
    {
      label: 'Whole worktree',
      icon: 'root-folder',
      description: 'every file; what is not in the snapshot is deleted',
      value: { kind: 'plan', snapshot, scope: { kind: 'everything', withGitState: false } },
    },
    {
      label: 'Folder…',
      icon: 'folder',
      description: 'one folder with everything in it',
      value: { kind: 'browse', snapshot, want: 'folder', path: '' },
    },
    {
      label: 'File…',
      icon: 'file',
      description: 'one file',
      value: { kind: 'browse', snapshot, want: 'file', path: '' },
    },
  ];
  if (snapshot.head !== null || snapshot.branch !== null) {
    choices.push({
      label: 'Whole worktree and git state',
      icon: 'git-branch',
      description: 'HEAD, index and branch go back too',
      value: { kind: 'plan', snapshot, scope: { kind: 'everything', withGitState: true } },
    });
  }
  return choices;
}
