import type { IncidentRecord } from '../incidents/incident';
import type { IncidentFigures, Period } from './period-report';

/** @param observedMs how long the agent ran and measured in that time */
export function incidentFigures(
  all: readonly IncidentRecord[],
  { from, to }: Period,
  observedMs: number,
): IncidentFigures {
  const begun = all.filter(({ openedAt }) => openedAt >= from && openedAt < to);
  const took = all.flatMap(({ openedAt, closedAt }) =>
    closedAt !== null && closedAt >= from && closedAt < to ? [closedAt - openedAt] : [],
  );
  const lasted = begun.reduce(
    (sum, { openedAt, closedAt }) => sum + Math.min(closedAt ?? to, to) - openedAt,
    0,
  );
  return {
    count: begun.length,
    critical: begun.filter(({ severity }) => severity === 'critical').length,
    open: begun.filter(({ state }) => state !== 'closed').length,
    mtbfMs: begun.length === 0 ? null : Math.max(0, observedMs - lasted) / begun.length,
    mttrMs: mean(took),
  };
}

/** Null of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}
