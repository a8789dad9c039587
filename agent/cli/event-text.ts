import type { AgentEvent } from '../protocol/events';
import { displayPath, formatBytes, formatDuration, plural, shortId } from './format';
import { where, type ViewContext } from './snapshot-view';
import { printable } from './style';

/** One line about something that happened, or null for what the table shows anyway. */
export function eventText(event: AgentEvent, view: ViewContext): string | null {
  switch (event.kind) {
    case 'snapshot/created': {
      const { snapshot } = event;
      return (
        `${snapshot.kind} snapshot ${shortId(snapshot.id)} of ${where(snapshot, view)}: ` +
        `${plural(snapshot.files, 'file')}, ${formatBytes(snapshot.newBytes)} new, ` +
        `in ${formatDuration(snapshot.durationMs)}`
      );
    }
    case 'restore/completed':
      return (
        `restored ${displayPath(event.result.target, view.homedir)}: ` +
        `${plural(event.result.restored, 'entry', 'entries')} written, ${event.result.deleted} deleted`
      );
    case 'notice/raised':
      return `${event.notice.severity}: ${printable(event.notice.message)}`;
    case 'agent/draining':
      return `the agent is leaving: ${printable(event.reason)}`;
    case 'worktree/changed':
    case 'worktree/removed':
      return null;
  }
}
