import type { ComponentView } from '../components/component';
import { isOver, type RecoveryRecord } from '../healing/recovery';
import type { Alert } from '../monitor/alerts/alert';
import type { SystemMetrics } from './hardened-system';

/** What the parts know that figures are made of. */
export interface Known {
  readonly uptimeMs: number;
  readonly components: readonly ComponentView[];
  readonly alerts: readonly Alert[];
  readonly recoveries: readonly RecoveryRecord[];
  readonly store: { readonly packBytes: number; readonly packs: number };
}

export function metricsOf(known: Known): SystemMetrics {
  const { uptimeMs, components, alerts, recoveries, store } = known;
  return {
    uptimeMs,
    components: components.map(({ id, uptime, figures }) => ({
      name: id,
      availability: uptime.ofMs === 0 ? null : uptime.upMs / uptime.ofMs,
      checks: figures.count,
      errorRate: figures.errorRate,
      p50Ms: figures.p50,
      p95Ms: figures.p95,
      p99Ms: figures.p99,
    })),
    alerts: alertFigures(alerts),
    recoveries: recoveryFigures(recoveries),
    store: { bytes: store.packBytes, packs: store.packs },
  };
}

function alertFigures(alerts: readonly Alert[]): SystemMetrics['alerts'] {
  const firing = alerts.filter(({ phase }) => phase.kind === 'firing');
  const byFault: Record<string, number> = {};
  for (const { fault } of firing) byFault[fault] = (byFault[fault] ?? 0) + 1;
  return { firing: firing.length, byFault };
}

function recoveryFigures(recoveries: readonly RecoveryRecord[]): SystemMetrics['recoveries'] {
  const ended = recoveries.filter(isOver);
  const healed = ended.filter(({ phase }) => phase === 'healed');
  const acted = ended.filter(({ steps }) => steps.length > 0);
  const took = healed.map(({ startedAt, endedAt }) => (endedAt ?? startedAt) - startedAt);
  const sum = took.reduce((all, ms) => all + ms, 0);
  return {
    ended: ended.length,
    healed: healed.length,
    cleared: ended.filter(({ phase }) => phase === 'cleared').length,
    successRate: acted.length === 0 ? null : healed.length / acted.length,
    meanTimeToRecoverMs: took.length === 0 ? null : sum / took.length,
  };
}
