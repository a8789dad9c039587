import type { Loss, Notice } from '../protocol/entities';
import type { AgentEvent } from '../protocol/events';
import { displayPath, formatBytes, formatDuration, plural, shortId } from './format';
import { timeOf } from './journal-view';
import { shellWord } from './paths';
import { kindText, where, type ViewContext } from './snapshot-view';
import { printable } from './style';

/** A notice, with the command that brings back what was lost, or shows what waits for a yes. */
export function noticeText({ severity, message, loss, action }: Notice, view: ViewContext): string {
  const text = `${severity}: ${printable(message)}`;
  if (action?.kind === 'recovery')
    return `${text} See what it would do with: bulwark recoveries show ${action.recovery}`;
  return loss === undefined ? text : `${text} Restore with: ${restoreCommand(loss, view.homedir)}`;
}

function restoreCommand({ at, worktree, withGitState }: Loss, homedir: string): string {
  const path = displayPath(worktree, homedir);
  const place =
    path.startsWith('~/') && shellWord(path.slice(2)) === path.slice(2)
      ? path
      : shellWord(worktree);
  const git = withGitState ? ' --with-git-state' : '';
  return `bulwark restore --at ${shellWord(timeOf(at))} ${place}${git}`;
}

/** One line about something that happened, or null for what the table shows anyway. */
export function eventText(event: AgentEvent, view: ViewContext): string | null {
  switch (event.kind) {
    case 'snapshot/created': {
      const { snapshot } = event;
      return (
        `${kindText(snapshot)} snapshot ${shortId(snapshot.id)} of ${where(snapshot, view)}: ` +
        `${plural(snapshot.files, 'file')}, ${formatBytes(snapshot.newBytes)} new, ` +
        `in ${formatDuration(snapshot.durationMs)}`
      );
    }
    case 'snapshot/removed':
      return `${plural(event.snapshots.length, 'old snapshot')} given up`;
    case 'restore/completed':
      return (
        `restored ${displayPath(event.result.target, view.homedir)}: ` +
        `${plural(event.result.restored, 'entry', 'entries')} written, ${event.result.deleted} deleted`
      );
    case 'notice/raised':
      return noticeText(event.notice, view);
    case 'agent/draining':
      return `the agent is leaving: ${printable(event.reason)}`;
    case 'snapshot/changed': {
      const { id, pinned } = event.snapshot;
      const why = pinned === null ? '' : `: ${printable(pinned)}`;
      return `snapshot ${shortId(id)} ${pinned === null ? 'unpinned' : 'pinned'}${why}`;
    }
    case 'journal/written':
    case 'worktree/changed':
    case 'worktree/removed':
    case 'metrics/sampled':
    case 'alert/changed':
    case 'component/changed':
    case 'component/removed':
    case 'recovery/changed':
    case 'incident/opened':
    case 'incident/changed':
    case 'incident/closed':
    case 'emergency/changed':
      // People are told of alerts by notices, once a group.
      return null;
  }
}
