import type { BackupKind, SnapshotRecord } from '../../repository/record';

/** What decides how long a snapshot stays: how it was taken, or who asked for it. */
export type RetentionClass = BackupKind | 'manual' | 'safety' | 'journal';

/** How long snapshots are kept, ms, by class. */
export type RetentionPolicy = Readonly<Record<RetentionClass, number>>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const DEFAULT_RETENTION: RetentionPolicy = {
  full: 30 * DAY,
  incremental: 7 * DAY,
  differential: 14 * DAY,
  snapshot: 3 * DAY,
  manual: 30 * DAY,
  safety: 7 * DAY,
  journal: 24 * HOUR,
};

/** How hard retention is applied. */
export type Pressure =
  /** By age. */
  | 'none'
  /** A quota is reached: the older half of what may go, whatever its age. */
  | 'quota'
  /** Hardly any space is left: only the newest state of each source stays. */
  | 'floor';

/** What is needed of a snapshot to decide. */
export type Kept = Pick<SnapshotRecord, 'id' | 'sequence' | 'source' | 'kind' | 'createdAt'> & {
  /** How it was taken; `journal` for a moment of the journal. */
  readonly backup: BackupKind | 'journal';
};

export interface RetentionInput {
  readonly snapshots: readonly Kept[];
  readonly policy: RetentionPolicy;
  /** Snapshots that are pinned. */
  readonly pinned: ReadonlySet<string>;
  /** Snapshots that an undo would need. */
  readonly undo: ReadonlySet<string>;
  /** Ms since 1970. */
  readonly now: number;
  readonly pressure: Pressure;
}

/** A snapshot that goes, and why. */
export interface Expired<T extends Kept = Kept> {
  readonly snapshot: T;
  readonly why: 'age' | 'space';
}

/** The class of a snapshot: what a person asked for stays as long as the longer of two. */
export function classOf({ kind, backup }: Kept): RetentionClass {
  if (kind === 'safety') return 'safety';
  return kind === 'manual' && backup === 'snapshot' ? 'manual' : backup;
}

/**
 * Which snapshots and moments go. Never a pinned one, and never the newest of a source. By age, the newest of
 * each kind of each source and what an undo needs stay as well; under pressure those may go, the
 * oldest first. The newest moment of a source's journal stays as its newest snapshot does: it may be
 * the newer of the two. A snapshot of the future (the clock was set back) is not old.
 */
export function expired<T extends Kept>(
  input: RetentionInput & { readonly snapshots: readonly T[] },
): Expired<T>[] {
  const { snapshots, policy, pinned, undo, now, pressure } = input;
  const newest = newestBy(snapshots, groupOf);
  const newestOfKind = newestBy(snapshots, (one) => `${one.source.id} ${classOf(one)}`);
  const aged: Expired<T>[] = [];
  const others: T[] = [];
  for (const snapshot of snapshots) {
    if (pinned.has(snapshot.id) || newest.has(snapshot.id)) continue;
    const isNeeded = undo.has(snapshot.id) || newestOfKind.has(snapshot.id);
    if (!isNeeded && now - snapshot.createdAt >= policy[classOf(snapshot)])
      aged.push({ snapshot, why: 'age' });
    else others.push(snapshot);
  }
  if (pressure === 'none') return aged;
  others.sort((a, b) => a.sequence - b.sequence);
  const count = pressure === 'floor' ? others.length : Math.ceil(others.length / 2);
  return [
    ...aged,
    ...others.slice(0, count).map((snapshot): Expired<T> => ({ snapshot, why: 'space' })),
  ];
}

/** A source's snapshots, or its journal. */
function groupOf({ source, backup }: Kept): string {
  return `${source.id} ${String(backup === 'journal')}`;
}

/** Ids of the newest snapshot of each group. */
function newestBy(snapshots: readonly Kept[], nameOf: (one: Kept) => string): Set<string> {
  const newest = new Map<string, Kept>();
  for (const one of snapshots) {
    const group = nameOf(one);
    const known = newest.get(group);
    if (known === undefined || known.sequence < one.sequence) newest.set(group, one);
  }
  return new Set([...newest.values()].map(({ id }) => id));
}
