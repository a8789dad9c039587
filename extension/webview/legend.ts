import type { ChartView } from '../health/charts/chart-page';
import { figure, summary } from '../health/charts/figures';
import { element } from './elements';
import { lineColor, lineDash, type PageColors } from './theme';

const SVG = 'http://www.w3.org/2000/svg';

/** The lines of a chart with their last, lowest and highest values: what it says, in words. */
export function legend(chart: ChartView, colors: PageColors): HTMLTableElement {
  const { lines, unit, title } = chart;
  const rows = lines.map(({ name, values, unusual }, number) => {
    const { now, lowest, highest } = summary(values);
    const label = element('th', { scope: 'row' }, sample(number, colors), name || title);
    if (unusual.length > 0)
      label.append(
        element(
          'span',
          { class: 'unusual' },
          ` ◆ unusual ${unusual.length === 1 ? 'once' : `${unusual.length} times`}`,
        ),
      );
    return element(
      'tr',
      {},
      label,
      ...[now, lowest, highest].map((value) => element('td', {}, figure(value, unit))),
    );
  });
  const head = ['', 'Now', 'Lowest', 'Highest'].map((text) =>
    text === '' ? element('td') : element('th', { scope: 'col' }, text),
  );
  return element(
    'table',
    { class: 'legend' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}

/** How a line looks: its colour and its pattern. */
function sample(number: number, colors: PageColors): SVGElement {
  const drawn = document.createElementNS(SVG, 'svg');
  drawn.setAttribute('width', '28');
  drawn.setAttribute('height', '8');
  drawn.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'line');
  const shape = { x1: '0', x2: '28', y1: '4', y2: '4', 'stroke-width': '2' };
  for (const [key, value] of Object.entries(shape)) line.setAttribute(key, value);
  line.setAttribute('stroke', lineColor(colors, number));
  line.setAttribute('stroke-dasharray', lineDash(number).join(' '));
  drawn.append(line);
  return drawn;
}
