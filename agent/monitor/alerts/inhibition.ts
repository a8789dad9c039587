import type { FaultId } from '../catalogue';
import type { Alert } from './alert';

interface Rule {
  readonly cause: readonly FaultId[];
  /** Faults, or the beginning of their ids. */
  readonly effects: readonly string[];
  /** Only within the same group (a worktree, a repository), or anywhere. */
  readonly within: 'group' | 'anywhere';
}

/** One cause, one notification: what follows from a cause is muted while the cause is there. */
const RULES: readonly Rule[] = [
  {
    cause: ['machine.disk-full', 'machine.disk-critical', 'machine.inodes-low'],
    effects: [
      'git.lock-stale',
      'git.object-empty',
      'git.object-corrupt',
      'git.index-damaged',
      'git.write-cut-off',
      'worktree.',
    ],
    within: 'anywhere',
  },
  { cause: ['machine.disk-critical'], effects: ['machine.disk-full'], within: 'group' },
  {
    cause: ['machine.disk-critical', 'machine.disk-full'],
    effects: ['machine.disk-filling', 'machine.disk-filling-fast'],
    within: 'group',
  },
  { cause: ['machine.disk-filling-fast'], effects: ['machine.disk-filling'], within: 'group' },
  { cause: ['agent.memory-growing-fast'], effects: ['agent.memory-growing'], within: 'group' },
  {
    cause: ['machine.memory-low', 'machine.memory-pressure'],
    effects: ['agent.slow', 'component.slow'],
    within: 'anywhere',
  },
  { cause: ['worktree.missing'], effects: ['component.', 'git.', 'worktree.'], within: 'group' },
  {
    cause: [
      'git.link-missing',
      'git.link-elsewhere',
      'git.admin-missing',
      'git.marked-bare',
      'git.owner-foreign',
    ],
    effects: ['git.unreadable', 'git.head-damaged', 'git.index-', 'worktree.protection-failing'],
    within: 'group',
  },
  {
    cause: ['git.head-damaged', 'git.index-damaged', 'git.index-part-missing', 'git.ref-damaged'],
    effects: ['git.unreadable', 'git.commits-nowhere-else'],
    within: 'group',
  },
  {
    cause: ['component.failed', 'component.down'],
    effects: ['component.errors', 'component.slow'],
    within: 'group',
  },
];

/**
 * For each alert that follows from another: the fingerprint of its cause. The state of an inhibited
 * alert stays what it is; only its notification is held back.
 */
export function inhibitedBy(alerts: Iterable<Alert>): Map<string, string> {
  const firing = [...alerts].filter(
    ({ phase }) => phase.kind === 'firing' || phase.kind === 'resolving',
  );
  const byFault = new Map<FaultId, Alert[]>();
  for (const alert of firing) {
    const same = byFault.get(alert.fault);
    if (same === undefined) byFault.set(alert.fault, [alert]);
    else same.push(alert);
  }
  const found = new Map<string, string>();
  for (const { cause, effects, within } of RULES) {
    const causes = cause.flatMap((fault) => byFault.get(fault) ?? []);
    if (causes.length === 0) continue;
    const byGroup = new Map(causes.map((one) => [one.subject.group, one]));
    for (const alert of firing) {
      if (cause.includes(alert.fault)) continue;
      if (
        !effects.some((one) =>
          /[.-]$/.test(one) ? alert.fault.startsWith(one) : alert.fault === one,
        )
      )
        continue;
      const [first] = causes;
      const by = within === 'group' ? byGroup.get(alert.subject.group) : first;
      if (by !== undefined && !found.has(alert.fingerprint))
        found.set(alert.fingerprint, by.fingerprint);
    }
  }
  return withDependencies(firing, found);
}

/** A component that fails together with one that it depends on is a consequence. */
function withDependencies(
  firing: readonly Alert[],
  found: Map<string, string>,
): Map<string, string> {
  const failing = new Map<string, Alert>();
  for (const alert of firing)
    if (alert.fault === 'component.down' || alert.fault === 'component.failed')
      failing.set(alert.subject.id, alert);
  for (const alert of failing.values()) {
    const { dependsOn } = alert.details;
    if (typeof dependsOn !== 'string') continue;
    const cause = dependsOn
      .split(' ')
      .map((id) => failing.get(id))
      .find((one) => one !== undefined);
    if (cause !== undefined && cause !== alert) found.set(alert.fingerprint, cause.fingerprint);
  }
  return found;
}
