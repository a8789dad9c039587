import type { PinRecord, SnapshotRecord } from '../../repository/record';

/**
 * What was lost: many files deleted at once; uncommitted changes that are gone without a commit;
 * the folder itself; git's own state; a stash.
 */
export type LossKind = NonNullable<PinRecord['loss']>['kind'];

/** Something that was there and is not any more, and the moment before. */
export interface Loss {
  readonly kind: LossKind;
  /** The state just before; pinned. */
  readonly record: SnapshotRecord;
  /** Files, or stashes, that are lost. */
  readonly lost: number;
  /** The first of them. */
  readonly paths: readonly string[];
  /** Whether git's state has to go back as well. */
  readonly withGitState: boolean;
}

/** From this many files on, deletions within {@link DELETED_WITHIN_MS} are looked at. */
export const MANY_DELETIONS = 10;
export const DELETED_WITHIN_MS = 2_000;
/** How many paths a loss names. */
export const PATHS_NAMED = 20;
