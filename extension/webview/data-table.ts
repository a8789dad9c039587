import type { ChartRange, ChartView } from '../health/charts/chart-page';
import { figure, summary } from '../health/charts/figures';
import { element } from './elements';
import { exactMoment } from './moments';

/** More rows than this nobody reads: several steps are one then, told by their highest value. */
const MOST_ROWS = 60;

/** All that a chart shows, as a table: the newest first. */
export function dataTable(chart: ChartView, range: ChartRange): HTMLTableElement {
  const { lines, from, stepMs, unit, title } = chart;
  const steps = lines[0]?.values.length ?? 0;
  const together = Math.max(1, Math.ceil(steps / MOST_ROWS));
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Time'),
    ...lines.map(({ name }) => element('th', { scope: 'col' }, name === '' ? title : name)),
  );
  const body = element('tbody');
  for (let at = 0; at < steps; at += together) {
    const start = from + at * stepMs;
    const end = start + together * stepMs;
    const cells = lines.map(({ values, unusual }) => {
      const value = figure(summary(values.slice(at, at + together)).highest, unit);
      const isUnusual = unusual.some((moment) => moment >= start && moment < end);
      return element('td', {}, isUnusual ? `${value}, unusual` : value);
    });
    body.prepend(
      element('tr', {}, element('th', { scope: 'row' }, exactMoment(start, range)), ...cells),
    );
  }
  return element(
    'table',
    { class: 'data' },
    element('caption', {}, together > 1 ? 'The highest value of each time' : 'Each value'),
    element('thead', {}, head),
    body,
  );
}
