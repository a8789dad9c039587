import type { WorktreeInfo } from '../../agent/protocol/entities';
import type { App } from '../app';
import { JournalPages } from '../journal-pages';
import type { RestoreStage } from '../restore-stages';
import { targetOf, type Target } from '../targets';

/** Restore Snapshot…: from a row, a folder of the explorer, or from the beginning. */
export async function restoreSnapshot(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  await app.restore(snapshotStage(app, target));
}

/** Restore to a Moment…: any state that the journal knows, with what changed at each. */
export async function restoreMoment(app: App, argument: unknown): Promise<void> {
  await app.restore(momentStage(app, await targetOf(app, argument, false)));
}

/** Restore File…: the versions of a file, or the way to one that is no longer there. */
export async function restoreFile(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, true);
  await app.restore(fileStage(app, target, argument === undefined));
}

function snapshotStage(app: App, target: Target): RestoreStage {
  switch (target.kind) {
    case 'worktree':
      return { kind: 'snapshot', worktree: target.worktree, want: { kind: 'anything' } };
    case 'snapshot':
      return { kind: 'scope', snapshot: target.snapshot };
    case 'entry':
      return planStage(target);
    case 'place': {
      const { worktree, path } = target.place;
      const want =
        path === '' ? ({ kind: 'anything' } as const) : ({ kind: 'path', path } as const);
      return { kind: 'snapshot', worktree, want };
    }
    case 'nothing':
      return fromTheBeginning(app, 'anything');
  }
}

function momentStage(app: App, target: Target): RestoreStage {
  const of = (worktree: WorktreeInfo): RestoreStage => {
    const journal = new JournalPages(app.connection.call, worktree.path);
    return { kind: 'moment', worktree, journal };
  };
  if (target.kind === 'worktree') return of(target.worktree);
  if (target.kind === 'place') return of(target.place.worktree);
  const only = onlyWorktree(app);
  return only === null ? { kind: 'worktree', want: { kind: 'moment' } } : of(only);
}

function fileStage(app: App, target: Target, others: boolean): RestoreStage {
  switch (target.kind) {
    case 'worktree':
      return { kind: 'snapshot', worktree: target.worktree, want: { kind: 'file' } };
    case 'snapshot':
      return { kind: 'browse', snapshot: target.snapshot, want: 'file', path: '' };
    case 'entry':
      return planStage(target);
    case 'place': {
      const { worktree, path } = target.place;
      if (path === '') return { kind: 'snapshot', worktree, want: { kind: 'file' } };
      return { kind: 'version', worktree, path, others };
    }
    case 'nothing':
      return fromTheBeginning(app, 'file');
  }
}

function planStage(target: Target & { kind: 'entry' }): RestoreStage {
  const { snapshot, path } = target;
  return { kind: 'plan', snapshot, scope: { kind: 'path', path } };
}

/** With one worktree there is nothing to choose. */
function fromTheBeginning(app: App, want: 'anything' | 'file'): RestoreStage {
  const only = onlyWorktree(app);
  if (only !== null) return { kind: 'snapshot', worktree: only, want: { kind: want } };
  return { kind: 'worktree', want: { kind: want } };
}

function onlyWorktree(app: App): WorktreeInfo | null {
  const [only, another] = app.worktrees.all();
  return another === undefined ? (only ?? null) : null;
}
