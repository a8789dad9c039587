import type {
  AlertInfo,
  ComponentInfo,
  HealthStatus,
  SettingsFile,
  Silence,
} from '../../protocol/health-entities';
import { faultWords } from '../../manager/fault-words';
import type { HardeningManager, WorktreeView } from '../../manager/hardening-manager';
import { isRecoverable } from '../../manager/recoveries';
import { worktreeOf } from './worktree-health-answer';

type Monitor = HardeningManager['health'];
type Component = ReturnType<Monitor['components']['view']>;
type Alert = ReturnType<Monitor['alerts']['resolve']>;
type Usage = { readonly used: number; readonly limit: number };

/** A component as the wire tells it. */
export function componentOf(view: Component): ComponentInfo {
  const { id, spec, origin, state, since, checkedAt, pid, restarts, dependsOn } = view;
  const { figures, uptime, memoryBytes, circuit } = view;
  return {
    id,
    title: spec.title ?? null,
    kind: spec.kind,
    spec,
    origin: origin.kind === 'settings' ? { kind: 'settings', file: origin.file } : origin,
    dependsOn: [...dependsOn],
    state: state.kind === 'waiting' ? { kind: 'waiting', for: [...state.for] } : state,
    since,
    checkedAt,
    pid,
    restarts,
    memoryBytes,
    circuit,
    checks: {
      count: figures.count,
      errorRate: figures.errorRate,
      p50Ms: figures.p50,
      p95Ms: figures.p95,
      p99Ms: figures.p99,
      perSecond: figures.throughput,
    },
    uptime: { ...uptime },
  };
}

/** An alert as the wire tells it. */
export function alertOf(alert: Alert): AlertInfo {
  const { acknowledged, subject } = alert;
  const { title, hint } = faultWords(alert.fault);
  return {
    id: alert.fingerprint,
    fault: alert.fault,
    title,
    severity: alert.severity,
    state: alert.phase.kind,
    unknown: alert.unknown,
    subject: { kind: subject.kind, id: subject.id, name: subject.name },
    message: alert.message,
    hint,
    details: { ...alert.details },
    startsAt: alert.startsAt,
    endsAt: alert.endsAt,
    acknowledged:
      acknowledged === null
        ? null
        : {
            by: acknowledged.by,
            note: acknowledged.note,
            at: acknowledged.at,
            until: acknowledged.until,
          },
    silencedBy: alert.silencedBy,
    inhibitedBy: alert.inhibitedBy,
    consequences: [...alert.consequences],
    flapping: alert.flapping,
    recoverable: isRecoverable(alert.fault),
  };
}

export function silenceOf(silence: Monitor['alerts']['silences'][number]): Silence {
  return { ...silence, matchers: silence.matchers.map((one) => ({ ...one })) };
}

export function settingsOf(file: ReturnType<Monitor['settings']['list']>[number]): SettingsFile {
  return {
    ...file,
    components: [...file.components],
    rules: file.rules.map(({ name, rule, of }) => ({ name, rule: { ...rule }, of })),
    problems: file.problems.map((one) => ({ ...one })),
  };
}

/** All of it in one answer. */
export function statusOf(health: Monitor, views: readonly WorktreeView[]): HealthStatus {
  const alerts = health.alerts.list().filter(({ phase }) => phase.kind !== 'pending');
  return {
    worst: alerts[0]?.severity ?? 'ok',
    machine: machineOf(health),
    agent: health.agent === null ? null : { ...health.agent },
    worktrees: views.map((view) => worktreeOf(view, health, alerts)),
    components: health.components.list().map(componentOf),
    settings: health.settings.list().map(settingsOf),
    alerts: alerts.map(alertOf),
  };
}

function machineOf({ machine }: Monitor): HealthStatus['machine'] {
  if (machine === null) return null;
  const { cpu, memory, disks, watches, files } = machine;
  return {
    cpu,
    memoryTotalBytes: memory?.totalBytes ?? null,
    memoryAvailableBytes: memory?.availableBytes ?? null,
    memoryPressure: memory?.pressure ?? null,
    disks: disks.map(({ path, totalBytes, freeBytes, inodes }) => ({
      path,
      totalBytes,
      freeBytes,
      inodes: inodes === null ? null : { used: inodes.total - inodes.free, limit: inodes.total },
    })),
    watches: copyOf(watches),
    openFiles: copyOf(files),
  };
}

function copyOf(usage: Usage | null): Usage | null {
  return usage === null ? null : { ...usage };
}
