import type { SelfHealingSystem } from '../../healing/self-healing-system';
import type { FaultId } from '../../monitor/catalogue';
import type { HealthMonitor } from '../../monitor/health-monitor';
import type { IntegrityCare } from '../../protection/integrity/integrity-care';
import type { AuditTrail } from '../audit/audit-trail';
import type { Emergencies } from '../emergencies/emergencies';
import type { Incidents } from '../incidents/incidents';
import { BackupCount } from './backup-figures';
import { growthOf } from './growth';
import { incidentFigures, mean } from './incident-figures';
import type { Availability, Period, PeriodReport } from './period-report';
import { recoveryFigures } from './recovery-figures';

/** What a report is made of; the hardening manager has all of it. */
export interface ReportSources {
  readonly health: Pick<HealthMonitor, 'series' | 'alerts' | 'machine' | 'now'>;
  readonly incidents: Pick<Incidents, 'list'>;
  readonly emergencies: Pick<Emergencies, 'list'>;
  readonly healing: Pick<SelfHealingSystem, 'list'>;
  readonly integrity: Pick<IntegrityCare, 'lastDrill'>;
  readonly audit: Pick<AuditTrail, 'visit'>;
}

/** Points of a chart, ms between two: what is kept of 90 days. */
const STEP_MS = 10 * 60_000;
const WEEK_MS = 7 * 24 * 3_600_000;
/** So many incidents, recoveries and alerts that are over are kept. */
const KEPT = 200;

/**
 * A report of a time, made of what is kept of it; it measures nothing.
 * @param home folder of the agent's state, of whose disk the growth is told
 * @param asked ms since 1970; the week before the end, and the end now, unless told
 */
export async function reportOf(
  sources: ReportSources,
  home: string,
  asked: { readonly [K in keyof Period]?: Period[K] | undefined },
): Promise<PeriodReport<FaultId>> {
  const { health, integrity, audit } = sources;
  const to = asked.to ?? health.now.wall;
  const period = { from: asked.from ?? Math.max(0, to - WEEK_MS), to };
  const incidents = sources.incidents.list(true);
  const recoveries = sources.healing.list();
  const alerts = health.alerts.list(true);
  const observedMs = await observed(sources, period);
  const components = await availabilities(sources, period);
  const backups = new BackupCount();
  await audit.visit(period.from, (entry) => {
    if (entry.at < period.to) backups.add(entry);
  });
  const drill = integrity.lastDrill;
  return {
    ...period,
    observedMs,
    availability: mean(components.map(({ ratio }) => ratio)),
    components,
    incidents: incidentFigures(incidents, period, observedMs),
    emergencies: sources.emergencies
      .list(true)
      .filter(({ openedAt }) => openedAt >= period.from && openedAt < period.to).length,
    recoveries: recoveryFigures(recoveries, period),
    alerts: byFault(alerts, period),
    backups: backups.figures,
    drill: drill === null ? null : { at: drill.at, ok: drill.ok },
    storage: await growth(sources, home, period),
    partial: [
      ...(isCut(
        incidents.map(({ openedAt }) => openedAt),
        period,
      )
        ? ['incidents' as const]
        : []),
      ...(isCut(
        recoveries.map(({ startedAt }) => startedAt),
        period,
      )
        ? ['recoveries' as const]
        : []),
      ...(isCut(
        alerts.map(({ startsAt }) => startsAt),
        period,
      )
        ? ['alerts' as const]
        : []),
    ],
  };
}

/** Whether older ones of the time may have been forgotten. */
function isCut(times: readonly number[], { from }: Period): boolean {
  return times.length >= KEPT && Math.min(...times) > from;
}

/** The time in which figures were taken. */
async function observed({ health }: ReportSources, period: Period): Promise<number> {
  const { lines, stepMs } = await health.series.chart({
    ...{ metric: 'agent.memory', of: null, stepMs: STEP_MS },
    ...period,
  });
  const steps = lines[0]?.mean.filter((value) => value !== null).length ?? 0;
  return Math.min(steps * stepMs, period.to - period.from);
}

async function availabilities({ health }: ReportSources, period: Period): Promise<Availability[]> {
  const { lines, stepMs } = await health.series.chart({
    ...{ metric: 'component.up', of: null, stepMs: STEP_MS },
    ...period,
  });
  return lines
    .flatMap(({ of, mean: values }): Availability[] => {
      const known = values.filter((value) => value !== null);
      const ratio = mean(known);
      return ratio === null ? [] : [{ of, ratio, measuredMs: known.length * stepMs }];
    })
    .sort((a, b) => a.ratio - b.ratio);
}

function byFault(
  alerts: ReturnType<HealthMonitor['alerts']['list']>,
  { from, to }: Period,
): { fault: FaultId; count: number }[] {
  const counts = new Map<FaultId, number>();
  for (const { fault, startsAt, severity, inhibitedBy, phase } of alerts) {
    const counted = severity !== 'info' && inhibitedBy === null && phase.kind !== 'pending';
    if (counted && startsAt >= from && startsAt < to)
      counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }
  return [...counts]
    .map(([fault, count]) => ({ fault, count }))
    .sort((a, b) => b.count - a.count || (a.fault < b.fault ? -1 : 1));
}

async function growth(
  { health }: ReportSources,
  home: string,
  period: Period,
): Promise<PeriodReport['storage']> {
  const disk = health.machine?.disks.find(({ paths }) => paths.includes(home))?.path ?? home;
  const points = async (metric: string, of: string): Promise<{ time: number; value: number }[]> => {
    const { lines, from, stepMs } = await health.series.chart({
      ...{ metric, of, stepMs: STEP_MS },
      from: period.from,
      to: period.to,
    });
    return (lines[0]?.mean ?? []).flatMap((value, at) =>
      value === null ? [] : [{ time: from + at * stepMs, value }],
    );
  };
  return growthOf(await points('store.size', ''), await points('machine.disk-free', disk));
}
