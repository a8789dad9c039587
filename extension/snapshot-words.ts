import type { BackupKind, ListedSnapshot, SnapshotSummary } from '../agent/protocol/entities';
import { byteSize, count, dayKey, dayLabel, moment, timeOfDay } from './format';
import { displayName } from './names';

/** How a snapshot came to be, for people: the kind of a backup, or who asked for it. */
type KindName = Exclude<BackupKind, 'snapshot'> | SnapshotSummary['kind'];

interface KindWords {
  /** In a list. */
  readonly words: string;
  /** Name of a product icon. */
  readonly icon: string;
  /** In a tooltip. */
  readonly meaning: string;
}

const KINDS: Readonly<Record<KindName, KindWords>> = {
  full: {
    words: 'full backup',
    icon: 'archive',
    meaning: 'Every file was read again, and all that it needs was read back from the store.',
  },
  differential: {
    words: 'differential backup',
    icon: 'diff',
    meaning: 'Every file was looked at; what is new since the last full backup was read back.',
  },
  incremental: {
    words: 'incremental backup',
    icon: 'diff-added',
    meaning: 'Every file was looked at; what it added was read back from the store.',
  },
  manual: { words: 'taken by hand', icon: 'device-camera', meaning: 'Somebody asked for it.' },
  automatic: { words: 'automatic', icon: 'history', meaning: 'Taken after changes settled.' },
  safety: {
    words: 'before a restore',
    icon: 'shield',
    meaning: 'The state just before a restore, so that it can be undone.',
  },
};

/** The snapshots of one local day, newest first. */
export interface SnapshotDay {
  /** Such as `2026-11-24`. */
  readonly key: string;
  readonly label: string;
  readonly snapshots: readonly ListedSnapshot[];
}

/** Groups snapshots by local day; newest day first, as they come. */
export function groupByDay(snapshots: readonly ListedSnapshot[], now: number): SnapshotDay[] {
  const days = new Map<string, ListedSnapshot[]>();
  for (const snapshot of snapshots) {
    const key = dayKey(snapshot.createdAt);
    const day = days.get(key);
    if (day === undefined) days.set(key, [snapshot]);
    else day.push(snapshot);
  }
  return [...days].map(([key, group]) => ({
    key,
    label: dayLabel(group[0]?.createdAt ?? now, now),
    snapshots: group,
  }));
}

/** Name of the product icon of a snapshot; that of a pin has the word beside it as well. */
export function snapshotIcon(snapshot: ListedSnapshot): string {
  return snapshot.pinned === null ? KINDS[kindOf(snapshot)].icon : 'pinned';
}

/** What stands behind the time in a list: whether it is pinned, label, kind and size. */
export function snapshotDescription(snapshot: ListedSnapshot): string {
  const words = snapshot.pinned === null ? [] : ['pinned'];
  if (snapshot.label !== null) words.push(displayName(snapshot.label));
  if (snapshot.label === null || snapshot.backup !== 'snapshot')
    words.push(KINDS[kindOf(snapshot)].words);
  return [...words, count(snapshot.files, 'file')].join(' · ');
}

/** A snapshot inside a sentence or title: `feature-x, today 10:32:05`. */
export function snapshotTitle(snapshot: SnapshotSummary, worktree: string, now: number): string {
  return `${displayName(worktree)}, ${moment(snapshot.createdAt, now)}`;
}

/** The name of a row, read out by a screen reader. */
export function snapshotSpoken(snapshot: ListedSnapshot, now: number): string {
  return `Snapshot of ${moment(snapshot.createdAt, now)}, ${snapshotDescription(snapshot)}`;
}

/** Everything about a snapshot, as lines of a tooltip. */
export function snapshotDetails(snapshot: ListedSnapshot, now: number): readonly string[] {
  const { words, meaning } = KINDS[kindOf(snapshot)];
  const lines = [`Kind: ${words}. ${meaning}`, keptWords(snapshot, now)];
  if (snapshot.label !== null) lines.push(`Label: ${displayName(snapshot.label)}`);
  if (snapshot.branch !== null) lines.push(`Branch: ${displayName(snapshot.branch)}`);
  if (snapshot.head !== null) lines.push(`Commit: ${snapshot.head.slice(0, 10)}`);
  lines.push(`Content: ${count(snapshot.files, 'file')}, ${byteSize(snapshot.bytes)}`);
  lines.push(`New: ${byteSize(snapshot.newBytes)}, stored as ${byteSize(snapshot.storedBytes)}`);
  if (snapshot.excluded > 0) {
    lines.push(`Left out: ${count(snapshot.excluded, 'entry', 'entries')}`);
  }
  lines.push(`ID: ${snapshot.id.slice(0, 12)}`);
  return lines;
}

/** How long it stays, and why. */
function keptWords({ pinned, keptUntil }: ListedSnapshot, now: number): string {
  if (pinned !== null) return `Pinned: ${displayName(pinned)}. It stays until it is unpinned.`;
  if (keptUntil <= now) return 'Kept: its time is over; it stays while it is needed';
  return `Kept until ${moment(keptUntil, now)}, and longer while it is the newest of its kind`;
}

function kindOf({ kind, backup }: SnapshotSummary): KindName {
  if (kind === 'safety' || backup === 'snapshot') return kind;
  return backup;
}

/** The time of day that names a snapshot in its day's list. */
export function snapshotTime(snapshot: SnapshotSummary): string {
  return timeOfDay(snapshot.createdAt);
}
