import type { SnapshotKind, SnapshotSummary } from '../agent/protocol/entities';
import { byteSize, count, dayKey, dayLabel, moment, timeOfDay } from './format';
import { displayName } from './names';

const KIND_WORDS: Readonly<Record<SnapshotKind, string>> = {
  manual: 'taken by hand',
  automatic: 'automatic',
  safety: 'before a restore',
};

const KIND_ICONS: Readonly<Record<SnapshotKind, string>> = {
  manual: 'device-camera',
  automatic: 'history',
  safety: 'shield',
};

/** The snapshots of one local day, newest first. */
export interface SnapshotDay {
  /** Such as `2026-11-24`. */
  readonly key: string;
  readonly label: string;
  readonly snapshots: readonly SnapshotSummary[];
}

/** Groups snapshots by local day; newest day first, as they come. */
export function groupByDay(snapshots: readonly SnapshotSummary[], now: number): SnapshotDay[] {
  const days = new Map<string, SnapshotSummary[]>();
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

/** Name of the product icon of a snapshot. */
export function snapshotIcon(snapshot: SnapshotSummary): string {
  return KIND_ICONS[snapshot.kind];
}

/** What stands behind the time in a list: label or kind, and size. */
export function snapshotDescription(snapshot: SnapshotSummary): string {
  const what = snapshot.label === null ? KIND_WORDS[snapshot.kind] : displayName(snapshot.label);
  return `${what} · ${count(snapshot.files, 'file')}`;
}

/** A snapshot inside a sentence or title: `feature-x, today 10:32:05`. */
export function snapshotTitle(snapshot: SnapshotSummary, worktree: string, now: number): string {
  return `${displayName(worktree)}, ${moment(snapshot.createdAt, now)}`;
}

/** The name of a row, read out by a screen reader. */
export function snapshotSpoken(snapshot: SnapshotSummary, now: number): string {
  return `Snapshot of ${moment(snapshot.createdAt, now)}, ${snapshotDescription(snapshot)}`;
}

/** Everything about a snapshot, as lines of a tooltip. */
export function snapshotDetails(snapshot: SnapshotSummary): readonly string[] {
  const lines = [`Kind: ${KIND_WORDS[snapshot.kind]}`];
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

/** The time of day that names a snapshot in its day's list. */
export function snapshotTime(snapshot: SnapshotSummary): string {
  return timeOfDay(snapshot.createdAt);
}
