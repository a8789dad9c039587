import type {
  AlertInfo,
  ComponentInfo,
  HealthStatus,
  LogLine,
  Silence,
  WorktreeDetails,
  WorktreeHealth,
} from '../protocol/health-entities';
import type { RecoveryInfo } from '../protocol/recovery-entities';
import { isoTime } from '../support/clock';

function isoOrNull(at: number | null): string | null {
  return at === null ? null : isoTime(at);
}

/** A component as commands print it. */
export function componentJson(component: ComponentInfo): object {
  const { since, checkedAt, ...rest } = component;
  return { ...rest, since: isoTime(since), checkedAt: isoOrNull(checkedAt) };
}

/** An alert as commands print it. */
export function alertJson(alert: AlertInfo): object {
  const { startsAt, endsAt, acknowledged, ...rest } = alert;
  return {
    ...rest,
    startsAt: isoTime(startsAt),
    endsAt: isoOrNull(endsAt),
    acknowledged:
      acknowledged === null
        ? null
        : { ...acknowledged, at: isoTime(acknowledged.at), until: isoTime(acknowledged.until) },
  };
}

/** A silence as commands print it. */
export function silenceJson(silence: Silence): object {
  return { ...silence, createdAt: isoTime(silence.createdAt), endsAt: isoTime(silence.endsAt) };
}

/** A recovery as commands print it. */
export function recoveryJson(recovery: RecoveryInfo): object {
  const { startedAt, endedAt, steps, log, ...rest } = recovery;
  return {
    ...rest,
    startedAt: isoTime(startedAt),
    endedAt: isoOrNull(endedAt),
    steps: steps.map((step) => ({
      ...step,
      startedAt: isoTime(step.startedAt),
      endedAt: isoOrNull(step.endedAt),
    })),
    log: log.map(({ at, text }) => ({ at: isoTime(at), text })),
  };
}

/** A line of a log as commands print it. */
export function logLineJson(line: LogLine): object {
  return { ...line, at: isoTime(line.at) };
}

/** All of it as commands print it. */
export function healthJson(status: HealthStatus): object {
  return {
    ...status,
    worktrees: status.worktrees.map(worktreeHealthJson),
    components: status.components.map(componentJson),
    alerts: status.alerts.map(alertJson),
  };
}

/** How a worktree is, as commands print it. */
function worktreeHealthJson({ newestAt, unpushedSince, disk, ...rest }: WorktreeHealth): object {
  return {
    ...rest,
    unpushedSince: isoOrNull(unpushedSince ?? null),
    disk: disk == null ? null : { ...disk, at: isoTime(disk.at) },
    newestAt: isoOrNull(newestAt),
  };
}

/** One worktree in detail, as commands print it. */
export function worktreeDetailsJson({ worktree, kinds, alerts }: WorktreeDetails): object {
  return { worktree: worktreeHealthJson(worktree), kinds, alerts: alerts.map(alertJson) };
}
