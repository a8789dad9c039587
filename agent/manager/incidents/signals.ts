import type { HealthMonitor } from '../../monitor/health-monitor';
import type { ManagerEvent } from '../manager-event';
import type { Disagreement } from './cross-checks';
import type { Signal } from './incident';

type AlertView = ReturnType<HealthMonitor['alerts']['list']>[number];
type Loss = Extract<ManagerEvent, { kind: 'loss' }>['loss'];
type Trouble = Extract<ManagerEvent, { kind: 'trouble' }>['trouble'];
type Failure = Extract<ManagerEvent, { kind: 'backup-failed' }>;

export function alertKey(fingerprint: string): string {
  return `alert ${fingerprint}`;
}

export function lossKey(source: string): string {
  return `loss ${source}`;
}

export function backupKey(source: string): string {
  return `backup ${source}`;
}

/**
 * An alert as a part of an incident; null for what is only shown, and while it is too young to count.
 * @param dependsOn ids of the components that its subject depends on
 */
export function alertSignal(alert: AlertView, dependsOn: readonly string[]): Signal | null {
  const { fingerprint, subject, severity, message, phase, inhibitedBy } = alert;
  if (phase.kind === 'pending' || severity === 'info') return null;
  return {
    key: alertKey(fingerprint),
    kind: 'alert',
    subject: { kind: subject.kind, id: subject.id, name: subject.name },
    group: subject.group,
    severity,
    message,
    isOpen: phase.kind !== 'resolved',
    cause: inhibitedBy === null ? null : alertKey(inhibitedBy),
    dependsOn,
  };
}

const ALONE = { cause: null, dependsOn: [] } as const;

function worktreeOf({ id, path }: { readonly id: string; readonly path: string }): {
  readonly subject: Signal['subject'];
  readonly group: string;
} {
  return { subject: { kind: 'worktree', id, name: path }, group: path };
}

export function lossSignal({ kind, record, lost }: Loss): Signal {
  const { source } = record;
  const what = kind === 'folder' ? 'the folder' : kind === 'git' ? 'git’s state' : String(lost);
  return {
    ...ALONE,
    ...worktreeOf(source),
    key: lossKey(source.id),
    kind: 'loss',
    severity: 'critical',
    message: `Lost in ${source.path} (${kind}): ${what}${kind === 'stash' ? ' stashes' : kind === 'deleted' || kind === 'reverted' ? ' files' : ''}`,
    isOpen: true,
  };
}

export function backupSignal({ source, backup, message }: Failure): Signal {
  return {
    ...ALONE,
    ...worktreeOf(source),
    key: backupKey(source.id),
    kind: 'backup',
    severity: 'warning',
    message: `The ${backup} backup of ${source.path} failed: ${message}`,
    isOpen: true,
  };
}

export function troubleSignal({ source, by, message, kept }: Trouble, now: number): Signal {
  return {
    ...ALONE,
    ...worktreeOf(source),
    key: `trouble ${kept?.id ?? `${source.id} ${String(now)}`}`,
    kind: 'trouble',
    severity: 'warning',
    message: `${by} reports: ${message}`,
    isOpen: true,
  };
}

export function checkSignal({ key, subject, group, message }: Disagreement): Signal {
  return {
    ...ALONE,
    key,
    kind: 'check',
    subject,
    group,
    severity: 'warning',
    message,
    isOpen: true,
  };
}
