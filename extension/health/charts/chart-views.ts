import type { ResultOf } from '../../../agent/protocol/methods';
import type { AlertInfo } from '../../../agent/protocol/health-entities';
import { displayName } from '../../names';
import { shortNames } from '../../short-names';
import { isActive } from '../alert-words';
import type { ChartKind } from './chart-list';
import type { ChartLine, ChartView, Unit } from './chart-page';
import { summary } from './figures';

type Series = ResultOf<'metrics/series'>;

/** More lines than this cannot be told apart in one chart. */
const MOST_LINES = 8;

/** One chart as the page draws it; null where the agent has no such figure. */
export function chartView(
  { metric, section, title, help, faults }: ChartKind,
  series: Series,
  alerts: readonly AlertInfo[],
): ChartView | null {
  const { unit, from, stepMs, left, lines } = series;
  if (unit === 'timestamp') return null;
  const measured = lines.filter(({ mean }) => mean.some((value) => value !== null));
  const names = shortNames(measured.map(({ of }) => of));
  const shown = measured
    .map(({ of, mean, max, unusual }): ChartLine => ({
      name: displayName(names.get(of) ?? of),
      // What was slow for a moment matters; how busy something was is told by its mean.
      values: isPeak(unit, metric) ? max : mean,
      unusual,
    }))
    .sort((a, b) => highest(b) - highest(a))
    .slice(0, MOST_LINES)
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return {
    id: metric,
    section,
    title,
    help,
    unit,
    from,
    stepMs,
    lines: shown,
    left: left + measured.length - shown.length,
    notes: alerts
      .filter((alert) => isActive(alert) && faults.some((fault) => alert.fault.startsWith(fault)))
      .map(({ id, message }) => ({ alert: id, text: displayName(message) })),
  };
}

function isPeak(unit: Unit, metric: string): boolean {
  return unit === 'seconds' || metric === 'component.error-rate';
}

function highest({ values }: ChartLine): number {
  return summary(values).highest ?? -1;
}
