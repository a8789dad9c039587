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
  const target = await targetOf(app, argument, false);
  const all = app.worktrees.all();
  const worktree =
    target.kind === 'worktree'
      ? target.worktree
      : target.kind === 'place'
        ? target.place.worktree
        : all.length === 1
          ? all[0]
          : undefined;
  if (worktree === undefined) await app.restore({ kind: 'worktree', want: { kind: 'moment' } });
  else {
    const journal = new JournalPages(app.connection.call, worktree.path);
    await app.restore({ kind: 'moment', worktree, journal });
  }
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
  const all = app.worktrees.all();
  const [only] = all;
  if (only !== undefined && all.length === 1) {
    return { kind: 'snapshot', worktree: only, want: { kind: want } };
  }
  return { kind: 'worktree', want: { kind: want } };
}
