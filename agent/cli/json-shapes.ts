import type {
  JournalEntry,
  ListedSnapshot,
  Notice,
  Operation,
  RestorePlan,
  SnapshotSummary,
  WorktreeInfo,
} from '../protocol/entities';
import type {
  AffectedPath,
  DrillReport,
  StoreStats,
  VerifyReport,
} from '../protocol/store-entities';
import type { DataSourceInfo } from '../protocol/source-entities';
import { isoTime } from '../support/clock';

/*
 * On the wire a moment is milliseconds since 1970; in the output of commands it
 * is ISO 8601 in UTC, which scripts, jq and people can read and sort.
 */

type Dated<T, K extends keyof T> = Omit<T, K> & Record<K, string>;

/** A snapshot as commands print it. */
export function snapshotJson<T extends SnapshotSummary>(snapshot: T): Dated<T, 'createdAt'> {
  return { ...snapshot, createdAt: isoTime(snapshot.createdAt) };
}

/** A snapshot of a list as commands print it. */
export function listedJson<T extends ListedSnapshot>(
  snapshot: T,
): Dated<T, 'createdAt' | 'keptUntil'> {
  const { createdAt, keptUntil } = snapshot;
  return { ...snapshot, createdAt: isoTime(createdAt), keptUntil: isoTime(keptUntil) };
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

/** A data source as commands print it. */
export function sourceJson(source: DataSourceInfo): object {
  const { lastSnapshot } = source;
  return {
    ...source,
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

/** Sizes and integrity of the store as commands print them. */
export function storeJson(store: StoreStats): object {
  const { oldestProof, structure, meaning, damage, ...rest } = store.integrity;
  const level = (proof: typeof structure): object | null =>
    proof === null ? null : { ...proof, at: isoTime(proof.at) };
  return {
    ...store,
    integrity: {
      ...rest,
      oldestProof: oldestProof === null ? null : isoTime(oldestProof),
      structure: level(structure),
      meaning: level(meaning),
      damage: damage === null ? null : { ...damage, foundAt: isoTime(damage.foundAt) },
    },
  };
}

/** What suffers from damage, as commands print it. */
export function affectedJson(affected: readonly AffectedPath[]): object[] {
  return affected.map((item) => ({
    ...item,
    first: isoTime(item.first),
    last: isoTime(item.last),
  }));
}

/** A verification as commands print it. The plan's id is left out: it is of no use to another process. */
export function verifyJson(report: VerifyReport): object {
  const { repair, affected } = report;
  const plan: Partial<NonNullable<typeof repair>> | null = repair === null ? null : { ...repair };
  delete plan?.id;
  return { ...report, affected: affectedJson(affected), repair: plan };
}

/** A drill as commands print it. */
export function drillJson(drill: DrillReport): object {
  return {
    ...drill,
    at: isoTime(drill.at),
    sources: drill.sources.map((source) => ({
      ...source,
      createdAt: source.createdAt === null ? null : isoTime(source.createdAt),
    })),
  };
}
