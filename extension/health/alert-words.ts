import type { AlertInfo, Silence } from '../../agent/protocol/health-entities';
import { age, count, moment } from '../format';
import { displayName } from '../names';
import type { WorktreeIcon } from '../worktree-words';

/** Severities, the worst first. */
const ORDER: readonly AlertInfo['severity'][] = ['critical', 'warning', 'info'];

/** The short name of what an alert is of. */
export function subjectLabel({ kind, name }: AlertInfo['subject']): string {
  const parts = name.split(/[\\/]/).filter((part) => part !== '');
  switch (kind) {
    case 'worktree':
      return displayName(parts.at(-1) ?? name);
    case 'repository':
      return displayName(parts.findLast((part) => part !== '.git') ?? name);
    case 'settings':
      return displayName(parts.slice(-2).join('/'));
    case 'machine':
    case 'agent':
    case 'component':
      return displayName(name);
  }
}

/** Whether an alert is not over. */
export function isActive({ state }: AlertInfo): boolean {
  return state === 'firing' || state === 'resolving';
}

/** Whether an alert waits for somebody: nobody has seen it, and it follows from nothing else. */
export function needsSomebody(alert: AlertInfo): boolean {
  const { state, severity, acknowledged, silencedBy, inhibitedBy } = alert;
  const isMuted = acknowledged !== null || silencedBy !== null || inhibitedBy !== null;
  return state === 'firing' && severity !== 'info' && !isMuted;
}

/** The worst first, then the oldest. */
export function byUrgency(a: AlertInfo, b: AlertInfo): number {
  return (
    Number(needsSomebody(b)) - Number(needsSomebody(a)) ||
    ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
    a.startsAt - b.startsAt ||
    a.id.localeCompare(b.id)
  );
}

/** An alert's severity as an icon; its word stands beside it. */
export function alertIcon(alert: AlertInfo): WorktreeIcon {
  if (alert.state === 'resolved') return { id: 'pass' };
  if (alert.silencedBy !== null) return { id: 'bell-slash' };
  switch (alert.severity) {
    case 'critical':
      return { id: 'error', color: 'list.errorForeground' };
    case 'warning':
      return { id: 'warning', color: 'list.warningForeground' };
    case 'info':
      return { id: 'info' };
  }
}

/** What is special about an alert just now, beside its severity. */
export function alertMarks(alert: AlertInfo): readonly string[] {
  const marks: string[] = [];
  if (alert.state === 'resolving') marks.push('going away');
  if (alert.unknown) marks.push('nobody can tell just now');
  if (alert.acknowledged !== null) marks.push('acknowledged');
  if (alert.silencedBy !== null) marks.push('silenced');
  if (alert.inhibitedBy !== null) marks.push('a consequence');
  if (alert.flapping) marks.push('comes and goes');
  return marks;
}

/** Severity, marks and age, as a row has them. */
export function alertDescription(alert: AlertInfo, now: number): string {
  if (alert.state === 'resolved') {
    return `over ${age(alert.endsAt ?? alert.startsAt, now)} · ${subjectLabel(alert.subject)}`;
  }
  return [alert.severity, ...alertMarks(alert), age(alert.startsAt, now)].join(' · ');
}

/** Everything about an alert, as lines of a tooltip. */
export function alertDetails(
  alert: AlertInfo,
  { silence, cause, now }: { silence?: Silence; cause?: AlertInfo; now: number },
): readonly string[] {
  const { acknowledged } = alert;
  const lines = [displayName(alert.message)];
  if (alert.state !== 'resolved') lines.push(displayName(alert.hint));
  lines.push(`Of: ${displayName(alert.subject.name)}`, `Since: ${moment(alert.startsAt, now)}`);
  if (alert.endsAt !== null) lines.push(`Over: ${moment(alert.endsAt, now)}`);
  if (acknowledged !== null) {
    const note = acknowledged.note === '' ? '' : ` (${displayName(acknowledged.note)})`;
    lines.push(
      `Acknowledged by ${displayName(acknowledged.by)}${note}, until ${moment(acknowledged.until, now)}`,
    );
  }
  if (silence !== undefined) {
    lines.push(
      `Silenced by ${displayName(silence.author)} until ${moment(silence.endsAt, now)}: ${displayName(silence.reason)}`,
    );
  }
  if (cause !== undefined) lines.push(`Follows from: ${displayName(cause.message)}`);
  if (alert.flapping) lines.push('It comes and goes, and is muted until it is steady.');
  return lines;
}

/** All of an alert, to be pasted somewhere. */
export function alertText(alert: AlertInfo): string {
  const { id, fault, severity, state, subject, message, hint, startsAt } = alert;
  return [
    `${severity}: ${displayName(message)}`,
    hint,
    `fault ${fault} of ${subject.kind} ${displayName(subject.name)}, ${state} since ${new Date(startsAt).toISOString()}`,
    `alert ${id}`,
  ].join('\n');
}

/** What the status bar says of alerts; null when nothing needs anybody. */
export function alertStatus(alerts: readonly AlertInfo[]): {
  readonly text: string;
  readonly heading: string;
  readonly details: readonly string[];
  readonly tone: 'warning' | 'error';
} | null {
  const urgent = alerts.filter(needsSomebody).sort(byUrgency);
  const [worst] = urgent;
  if (worst === undefined) return null;
  const isCritical = worst.severity === 'critical';
  const critical = urgent.filter(({ severity }) => severity === 'critical').length;
  const text = isCritical
    ? `$(error) ${count(critical, 'Critical Alert')}`
    : `$(warning) ${count(urgent.length, 'Alert')}`;
  return {
    text,
    heading: `${count(urgent.length, 'alert needs', 'alerts need')} somebody, the worst: ${worst.severity}`,
    details: urgent.slice(0, 10).map(({ message }) => displayName(message)),
    tone: isCritical ? 'error' : 'warning',
  };
}
