import type {
  JournalEntry,
  Notice,
  Operation,
  RestorePlan,
  SnapshotDetails,
  SnapshotSummary,
  WorktreeInfo,
} from '../protocol/entities';
import { isoTime } from '../support/clock';

/*
 * On the wire a moment is milliseconds since 1970; in the output of commands it
 * is ISO 8601 in UTC, which scripts, jq and people can read and sort.
 */

type Dated<T, K extends keyof T> = Omit<T, K> & Record<K, string>;

/** A snapshot as commands print it. */
export function snapshotJson<T extends SnapshotSummary | SnapshotDetails>(
  snapshot: T,
): Dated<T, 'createdAt'> {
  return { ...snapshot, createdAt: isoTime(snapshot.createdAt) };
}

/** A worktree as commands print it. */
export function worktreeJson(worktree: WorktreeInfo): object {
  const { lastSnapshot, journal } = worktree;
  const lastAt = journal?.lastAt;
  return {
    ...worktree,
    ...(journal === undefined
      ? {}
      : { journal: { ...journal, lastAt: lastAt == null ? null : isoTime(lastAt) } }),
    lastSnapshot:
      lastSnapshot === null
        ? null
        : { id: lastSnapshot.id, createdAt: isoTime(lastSnapshot.createdAt) },
  };
}

/** A plan as commands print it. Its id is left out: it is of no use to another process. */
export function planJson(plan: RestorePlan): object {
  const { snapshot, target, inPlace, steps, creates, overwrites, deletes } = plan;
  const { unchanged, bytes, gitState, notes } = plan;
  return {
    snapshot: snapshotJson(snapshot),
    target,
    inPlace,
    steps,
    creates,
    overwrites,
    deletes,
    unchanged,
    bytes,
    gitState,
    notes,
  };
}

/** A record of the journal as commands print it. */
export function journalJson(entry: JournalEntry): Dated<JournalEntry, 'at'> {
  return { ...entry, at: isoTime(entry.at) };
}

/** What was lost as commands print it. */
export function lossJson({ id, message, action, loss }: Notice): object {
  const snapshot = action?.kind === 'restore' ? action.snapshot : null;
  return {
    id,
    message,
    snapshot,
    ...(loss === undefined ? {} : { ...loss, at: isoTime(loss.at) }),
  };
}

/** A restore or undo of the past as commands print it. */
export function operationJson(operation: Operation): object {
  return { ...operation, at: isoTime(operation.at) };
}
