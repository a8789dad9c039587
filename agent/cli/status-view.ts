import type { Notice, WorktreeInfo } from '../protocol/entities';
import type { StoreStats } from '../protocol/store-entities';
import type { ResultOf } from '../protocol/methods';
import type { WaitingWork } from '../protocol/operation-entities';
import { displayName } from '../support/names';
import {
  displayPath,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatUptime,
  plural,
  shortenMiddle,
  shortId,
} from './format';
import type { ViewContext } from './snapshot-view';
import { noticeText } from './event-text';
import { whyText } from './journal-view';
import { printable, type Style } from './style';
import { tableLines } from './table';

type AgentInfo = ResultOf<'agent/status'>['agent'];

/** The line about the agent itself. @param uptimeMs as of now, which may be later than the answer */
export function agentLine(agent: AgentInfo, uptimeMs: number, view: ViewContext): string {
  const { style } = view;
  const state = agent.draining
    ? style.yellow('finishing its work, then leaving')
    : style.green('running');
  return (
    `Agent ${agent.version} ${state}, pid ${agent.pid}, up ${formatUptime(uptimeMs)}, ` +
    plural(agent.clients, 'client')
  );
}

/** The line about the store. */
export function storeLine(store: StoreStats, view: ViewContext): string {
  return (
    `Store ${displayPath(store.path, view.homedir)}: ${plural(store.snapshots, 'snapshot')} in ` +
    `${formatBytes(store.packBytes)}, ${formatBytes(store.freeBytes)} free on its disk`
  );
}

/** A table with a row for each worktree. */
export function worktreeTable(worktrees: readonly WorktreeInfo[], view: ViewContext): string[] {
  const { style } = view;
  const narrow = view.columns < 110;
  const cells = worktrees.map((w) => [
    shortenMiddle(displayName(w.branch ?? detached(w.head)), 28),
    stateText(w, style),
    uncommitted(w, narrow),
    w.lastSnapshot === null ? style.yellow('never') : formatAge(w.lastSnapshot.createdAt, view.now),
    protectionText(w, style),
  ]);
  const others = 62 + (narrow ? 0 : 20);
  const pathWidth = Math.max(20, view.columns - others);
  const rows = worktrees.map((w, i) => [
    shortenMiddle(displayPath(w.path, view.homedir), pathWidth),
    ...(cells[i] ?? []),
  ]);
  return tableLines(
    [
      { head: 'WORKTREE' },
      { head: 'BRANCH' },
      { head: 'STATE' },
      { head: 'UNCOMMITTED' },
      { head: 'LAST SNAPSHOT' },
      { head: 'PROTECTION' },
    ],
    rows,
    style,
  );
}

/** Work that has waited for so long is worth a line, ms. */
const WAITS_LONG_MS = 30_000;
const WAITING_SHOWN = 5;

/** What waits for its turn or for a better moment, with the reason. */
export function waitingLines(waiting: readonly WaitingWork[], view: ViewContext): string[] {
  const long = waiting.filter(({ waitedMs }) => waitedMs >= WAITS_LONG_MS);
  const lines = long
    .slice(0, WAITING_SHOWN)
    .map(
      ({ what, why, waitedMs }) =>
        `${view.style.dim('waits')} ${printable(what)}, for ${formatDuration(waitedMs)}: ${printable(why)}`,
    );
  if (long.length > WAITING_SHOWN)
    lines.push(`${view.style.dim('waits')} and ${String(long.length - WAITING_SHOWN)} more`);
  return lines;
}

/** Losses of which nothing was restored since, each with the way back. */
export function lossNotes(losses: readonly Notice[], view: ViewContext): string[] {
  return losses.map((notice) => view.style.yellow(noticeText(notice, view)));
}

/** What the table has no room for: why protection fails, and what is being watched with less than it could be. */
export function worktreeNotes(worktrees: readonly WorktreeInfo[], view: ViewContext): string[] {
  const notes: string[] = [];
  for (const w of worktrees) {
    const path = displayPath(w.path, view.homedir);
    if (w.protection.kind === 'failing' && w.state !== 'missing')
      notes.push(`${view.style.red('failing')} ${path}: ${printable(w.protection.message)}`);
    if (w.state === 'missing')
      notes.push(
        `${view.style.red('missing')} ${path} ` +
          (w.lastSnapshot === null
            ? 'is not there, and no snapshot of it was taken'
            : `is not there; bring it back with: bulwark restore ${shortId(w.lastSnapshot.id)}`),
      );
    if (w.journal?.seen === 'scanned' && isRecent(w.journal, view.now) && isLoss(w.journal.why))
      notes.push(
        `${path}: ${whyText(w.journal.why)} ${formatAge(w.journal.lastAt ?? 0, view.now)}; everything was compared by a scan`,
      );
    if (w.watch === 'polling')
      notes.push(`${path} is looked at from time to time: the system has no watches left for it`);
  }
  return notes;
}

type Journal = NonNullable<WorktreeInfo['journal']>;

/** How long a scan is worth mentioning, ms. */
const MENTIONED_MS = 5 * 60_000;

function isRecent({ lastAt }: Journal, now: number): boolean {
  return lastAt !== null && now - lastAt < MENTIONED_MS;
}

/** Whether the journal says less than it could about what happened. */
function isLoss(why: string | null): boolean {
  return why === 'burst' || why === 'missed' || why === 'restarted';
}

function stateText({ state, locked }: WorktreeInfo, style: Style): string {
  const text = locked === null ? state : `${state}, locked`;
  switch (state) {
    case 'clean':
    case 'plain':
      return style.green(text);
    case 'missing':
    case 'unreadable':
    case 'conflicted':
      return style.red(text);
    default:
      return style.yellow(text);
  }
}

function uncommitted({ changes, state }: WorktreeInfo, narrow: boolean): string {
  if (changes === null || state === 'missing') return '';
  const parts = [
    [changes.conflicted, 'conflicted'],
    [changes.staged, 'staged'],
    [changes.unstaged, 'changed'],
    [changes.untracked, 'new'],
  ] as const;
  const present = parts.filter(([count]) => count > 0);
  if (present.length === 0) return 'nothing';
  if (narrow) return formatCount(present.reduce((sum, [count]) => sum + count, 0));
  return present.map(([count, word]) => `${formatCount(count)} ${word}`).join(', ');
}

function protectionText({ protection }: WorktreeInfo, style: Style): string {
  switch (protection.kind) {
    case 'current':
      return style.green('current');
    case 'pending':
      return style.cyan('changes settling');
    case 'capturing':
      return style.cyan('taking a snapshot');
    case 'failing':
      return style.red('failing');
    case 'never':
      return style.yellow('no snapshot yet');
  }
}

function detached(head: string | null): string {
  return head === null ? '' : `(at ${head.slice(0, 10)})`;
}
