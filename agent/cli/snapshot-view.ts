import type {
  Exclusion,
  ListedSnapshot,
  SnapshotDetails,
  SnapshotSummary,
} from '../protocol/entities';
import { displayName } from '../support/names';
import {
  displayPath,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatMoment,
  plural,
  shortenMiddle,
  shortId,
} from './format';
import { printable, type Style } from './style';
import { pairLines, tableLines } from './table';

/** What a view needs to know beside the thing it shows. */
export interface ViewContext {
  readonly style: Style;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly homedir: string;
  /** Width to keep to, in characters. */
  readonly columns: number;
}

/** How many exclusions are listed before the rest is only counted. */
const LISTED = 20;

/** What to say of a snapshot that was just taken. */
export function takenLines(snapshot: SnapshotSummary, view: ViewContext): string[] {
  const { style } = view;
  const id = shortId(snapshot.id);
  const lines = [
    `${style.green('Snapshot')} ${style.bold(id)} of ${where(snapshot, view)}, ` +
      `taken in ${formatDuration(snapshot.durationMs)}`,
    `  ${plural(snapshot.files, 'file')}, ${formatBytes(snapshot.bytes)}; ` +
      `${formatBytes(snapshot.newBytes)} new, ${formatBytes(snapshot.storedBytes)} added to the store`,
  ];
  if (snapshot.excluded > 0)
    lines.push(
      `  ${plural(snapshot.excluded, 'entry', 'entries')} left out; list them with: bulwark show ${id}`,
    );
  return lines;
}

/** A table of snapshots, newest first. @param withWorktree whether they are of several worktrees */
export function snapshotTable(
  snapshots: readonly SnapshotSummary[],
  withWorktree: boolean,
  view: ViewContext,
): string[] {
  const columns = [
    { head: 'SNAPSHOT' },
    { head: 'TAKEN' },
    { head: 'KIND' },
    { head: 'BRANCH' },
    { head: 'FILES', align: 'right' },
    { head: 'SIZE', align: 'right' },
    { head: 'NEW', align: 'right' },
    ...(withWorktree ? [{ head: 'WORKTREE' }] : []),
    { head: 'LABEL' },
  ] as const;
  const rows = snapshots.map((s) => [
    view.style.bold(shortId(s.id)),
    formatAge(s.createdAt, view.now),
    kindText(s),
    shortenMiddle(displayName(s.branch ?? headText(s.head)), 24),
    formatCount(s.files),
    formatBytes(s.bytes),
    formatBytes(s.newBytes),
    ...(withWorktree ? [shortenMiddle(displayPath(s.worktree, view.homedir), 40)] : []),
    displayName(s.label ?? ''),
  ]);
  return tableLines(columns, rows, view.style);
}

/** Everything about one snapshot. @param all whether to list every exclusion that the agent sent */
export function detailLines(details: SnapshotDetails, all: boolean, view: ViewContext): string[] {
  const { style } = view;
  const pairs: (readonly [string, string])[] = [
    ['snapshot', style.bold(details.id)],
    ['worktree', displayPath(details.worktree, view.homedir)],
    ['taken', formatMoment(details.createdAt, view.now)],
    ['kind', kindText(details)],
    ...(details.pinned === null ? [] : [['pinned', printable(details.pinned)] as const]),
    ...(details.label === null ? [] : [['label', printable(details.label)] as const]),
    ['branch', displayName(details.branch ?? '(none)')],
    ['HEAD', details.head ?? '(no commit)'],
    [
      'holds',
      `${plural(details.files, 'file')}, ${plural(details.folders, 'folder')}, ` +
        `${plural(details.links, 'link')}; ${formatBytes(details.bytes)}`,
    ],
    ['new', `${formatBytes(details.newBytes)}, ${formatBytes(details.storedBytes)} in the store`],
    ...(details.pinned === null
      ? [['kept until', formatMoment(details.keptUntil, view.now)] as const]
      : []),
    ['took', formatDuration(details.durationMs)],
    ['left out', plural(details.excluded, 'entry', 'entries')],
  ];
  const lines = pairLines(pairs, style);
  const shown = all ? details.exclusions : details.exclusions.slice(0, LISTED);
  if (shown.length > 0) lines.push('', ...exclusionLines(shown, view));
  const rest = details.excluded - shown.length;
  if (rest > 0)
    lines.push(
      style.dim(
        all || details.exclusions.length <= LISTED
          ? `… and ${formatCount(rest)} more`
          : `… and ${formatCount(rest)} more; list them with: bulwark show ${shortId(details.id)} --excluded`,
      ),
    );
  return lines;
}

function exclusionLines(exclusions: readonly Exclusion[], view: ViewContext): string[] {
  return tableLines(
    [{ head: 'LEFT OUT' }, { head: 'WHY' }, { head: 'SIZE', align: 'right' }],
    exclusions.map((e) => [
      shortenMiddle(displayName(e.path), Math.max(24, view.columns - 44)),
      shortenMiddle(`${e.reason}: ${displayName(e.rule)}`, 30),
      e.bytes === null ? '' : formatBytes(e.bytes),
    ]),
    view.style,
  );
}

/** The kind of a snapshot in a word or two: `automatic`, `full, manual`, `snapshot, pinned` … */
export function kindText(
  snapshot: SnapshotSummary & Partial<Pick<ListedSnapshot, 'pinned'>>,
): string {
  const { kind, backup, pinned = null } = snapshot;
  const text = backup === 'snapshot' ? kind : kind === 'automatic' ? backup : `${backup}, by hand`;
  return pinned === null ? text : `${text}, pinned`;
}

/** The worktree of a snapshot, with its branch. */
export function where(snapshot: SnapshotSummary, view: ViewContext): string {
  const path = displayPath(snapshot.worktree, view.homedir);
  return snapshot.branch === null ? path : `${path} (${displayName(snapshot.branch)})`;
}

function headText(head: string | null): string {
  return head === null ? '' : `at ${head.slice(0, 10)}`;
}
