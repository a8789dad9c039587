import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import type { MetricsPage } from '../metrics-door';

export type MetricsMethods = Pick<Handlers, Extract<keyof Handlers, `metrics/${string}`>>;

const HOUR_MS = 3_600_000;
const POINTS = 400;

/** Answers about figures over time. @param page as Prometheus reads it */
export function metricsMethods(
  { health }: Pick<HardeningManager, 'health'>,
  page: Pick<MetricsPage, 'text'>,
): MetricsMethods {
  const { series } = health;
  return {
    'metrics/list': () =>
      Promise.resolve({ metrics: series.list().map((one) => ({ ...one, of: [...one.of] })) }),
    'metrics/text': async () => ({ text: await page.text() }),
    'metrics/series': async ({
      metric,
      of = null,
      to = health.now.wall,
      from = Math.max(0, to - HOUR_MS),
      stepMs = Math.max(1_000, Math.ceil((to - from) / POINTS)),
    }) => {
      const chart = await series.chart({ metric, of, from, to, stepMs });
      return {
        ...chart,
        lines: chart.lines.map((line) => ({ ...line, unusual: [...line.unusual] })),
      };
    },
  };
}
