import type { WorktreeDetails, WorktreeHealth } from '../protocol/health-entities';
import { displayPath, formatAge, formatBytes, formatDuration, plural } from './format';
import { alertLines } from './health-view';
import type { ViewContext } from './snapshot-view';
import { printable } from './style';
import { pairLines } from './table';
import { worktreeNotes } from './worktree-notes';

/** Folders that a tool makes again, of which so many are named. */
const NAMED = 5;

/** One worktree on one screen. */
export function worktreeDetailsLines(details: WorktreeDetails, view: ViewContext): string[] {
  const { worktree, kinds, alerts } = details;
  const { style } = view;
  const lines = [
    style.bold(displayPath(worktree.path, view.homedir)),
    ...pairLines(
      [
        ['state', [worktree.state, ...worktreeNotes(worktree, view.now)].join(', ')],
        ['branch', worktree.branch ?? (worktree.detached ? 'none: detached' : '-')],
        ['changes', changesText(worktree)],
        ['kept', keptText(worktree, view.now)],
        ['disk', diskText(worktree)],
        ['project', kinds.length === 0 ? 'of no known kind' : kinds.join(', ')],
      ],
      style,
    ),
  ];
  for (const { lock, state, install } of worktree.dependencies ?? [])
    lines.push(`${style.dim('depends')}  ${printable(lock)}: ${DEPENDENCIES[state]} (${install})`);
  for (const { path, bytes } of worktree.disk?.regenerable.slice(0, NAMED) ?? [])
    lines.push(`${style.dim('again')}    ${printable(path)}, ${formatBytes(bytes)}`);
  if (alerts.length > 0) lines.push('', ...alertLines(alerts, view));
  return lines;
}

const DEPENDENCIES = {
  'in-step': 'what is installed is what it says',
  behind: 'what is installed is something else',
  'perhaps-behind': 'it is newer than what is installed',
  'not-installed': 'not installed',
} as const;

function changesText({ changes }: WorktreeHealth): string {
  if (changes == null) return '-';
  const parts = Object.entries(changes).filter(([, count]) => count > 0);
  return parts.length === 0
    ? 'none'
    : parts.map(([kind, count]) => `${String(count)} ${kind}`).join(', ');
}

function keptText({ newestAt, behindMs, excluded }: WorktreeHealth, now: number): string {
  const parts = [newestAt === null ? 'never' : formatAge(newestAt, now)];
  if (behindMs > 1000) parts.push(`changes wait for ${formatDuration(behindMs)}`);
  if (excluded > 0) parts.push(`${plural(excluded, 'entry', 'entries')} left out`);
  return parts.join(', ');
}

function diskText({ disk }: WorktreeHealth): string {
  if (disk == null) return 'not measured';
  const { bytes, files, regenerableBytes, partial } = disk;
  const again =
    regenerableBytes === 0 ? '' : `; ${formatBytes(regenerableBytes)} of it a tool makes again`;
  return `${partial ? 'more than ' : ''}${formatBytes(bytes)} in ${plural(files, 'file')}${again}`;
}
