import type { SnapshotSummary, WorktreeInfo } from '../agent/protocol/entities';
import type { JournalPages } from './journal-pages';
import { displayName } from './names';
import type { Step } from './pickers';
import { snapshotTitle } from './snapshot-words';
import type { Outcome } from './stages';

/** What of a snapshot is restored. */
export type Scope =
  | { readonly kind: 'everything'; readonly withGitState: boolean }
  | { readonly kind: 'path'; readonly path: string };

/** What the person came for: anything, one file, any moment of the journal, or a place that is known already. */
export type Want =
  | { readonly kind: 'anything' }
  | { readonly kind: 'file' }
  | { readonly kind: 'moment' }
  | { readonly kind: 'path'; readonly path: string };

/** The steps of a restore; a flow may begin at any of them. */
export type RestoreStage =
  | { readonly kind: 'worktree'; readonly want: Want }
  | { readonly kind: 'snapshot'; readonly worktree: WorktreeInfo; readonly want: Want }
  | { readonly kind: 'moment'; readonly worktree: WorktreeInfo; readonly journal: JournalPages }
  | {
      readonly kind: 'version';
      readonly worktree: WorktreeInfo;
      readonly path: string;
      readonly others: boolean;
    }
  | { readonly kind: 'scope'; readonly snapshot: SnapshotSummary }
  | {
      readonly kind: 'browse';
      readonly snapshot: SnapshotSummary;
      readonly want: 'file' | 'folder';
      readonly path: string;
    }
  | { readonly kind: 'plan'; readonly snapshot: SnapshotSummary; readonly scope: Scope };

/** One of the steps, by its kind. */
export type StageOf<K extends RestoreStage['kind']> = Extract<RestoreStage, { kind: K }>;

/** What a step of a restore ends with. */
export type Next = Promise<Outcome<RestoreStage>>;

const ORDER: Readonly<Record<RestoreStage['kind'], number>> = {
  worktree: 1,
  snapshot: 2,
  moment: 2,
  version: 3,
  scope: 3,
  browse: 3,
  plan: 4,
};

/** How a step is headed and counted in a flow that began at `first`. */
export function stepOf(
  stage: RestoreStage,
  first: RestoreStage,
  canGoBack: boolean,
  words: { readonly nameOf: (snapshot: SnapshotSummary) => string; readonly now: number },
): Step {
  let title = 'Restore';
  if ('snapshot' in stage) {
    title = `Restore from ${snapshotTitle(stage.snapshot, words.nameOf(stage.snapshot), words.now)}`;
  } else if (stage.kind !== 'worktree') title = `Restore ${displayName(stage.worktree.name)}`;
  const begin = ORDER[first.kind];
  const at = Math.max(1, ORDER[stage.kind] - begin + 1);
  return { title, number: [at, Math.max(at, ORDER.plan - begin + 1)], canGoBack };
}

/** Goes on with another step. */
export function next(stage: RestoreStage): Outcome<RestoreStage> {
  return { kind: 'next', stage };
}
