import type uPlot from 'uplot';
import type { ChartRange, ChartView } from '../health/charts/chart-page';
import { figure, summary } from '../health/charts/figures';
import { dataTable } from './data-table';
import { button, element } from './elements';
import { legend } from './legend';
import { exactMoment } from './moments';
import { plot } from './plot';
import type { PageColors } from './theme';

export interface ChartTime {
  readonly range: ChartRange;
  readonly from: number;
  readonly to: number;
}

/** One chart of the page: picture, legend, what is pointed at, and the same as a table. */
export class Chart {
  readonly root: HTMLElement;
  readonly #figure: HTMLElement;
  readonly #readout: HTMLElement;
  readonly #notes: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #table: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #onShowAlert: (alert: string) => void;
  #chart: ChartView;
  #time: ChartTime;
  #colors: PageColors;
  #drawn: uPlot | null = null;
  #width = 0;
  /** What the arrow keys point at. */
  #step: number | null = null;

  constructor(
    chart: ChartView,
    time: ChartTime,
    colors: PageColors,
    onShowAlert: (alert: string) => void,
  ) {
    this.#chart = chart;
    this.#time = time;
    this.#colors = colors;
    this.#onShowAlert = onShowAlert;
    const { id, title, help } = chart;
    this.#figure = element('div', { class: 'plot', role: 'img', tabindex: '0' });
    this.#readout = element('p', { class: 'readout', 'aria-live': 'polite' });
    this.#notes = element('div', { class: 'notes' });
    this.#legend = element('div');
    this.#table = element('div', { class: 'table', id: `${id}-table`, hidden: '', tabindex: '0' });
    this.#table.setAttribute('role', 'region');
    this.#table.setAttribute('aria-label', `${title} as a table`);
    this.#toggle = button('Show as Table', 'link', () => {
      this.#showTable(this.#table.hasAttribute('hidden'));
    });
    this.#toggle.setAttribute('aria-expanded', 'false');
    this.#toggle.setAttribute('aria-controls', `${id}-table`);
    this.#toggle.setAttribute('aria-label', `Show ${title} as a table`);
    this.root = element(
      'section',
      { class: 'chart', 'aria-labelledby': `${id}-title` },
      element(
        'header',
        {},
        element('h3', { id: `${id}-title` }, title),
        this.#toggle,
        element('p', { class: 'help' }, help),
      ),
      this.#notes,
      this.#figure,
      this.#readout,
      this.#legend,
      this.#table,
    );
    this.#figure.addEventListener('keydown', (event) => {
      this.#onKey(event);
    });
    this.#figure.addEventListener('blur', () => {
      this.#point(null);
    });
    new ResizeObserver(([entry]) => {
      this.#resize(Math.floor(entry?.contentRect.width ?? 0));
    }).observe(this.#figure);
    this.#fill();
  }

  /** Shows newer values, or the same in other colours. */
  show(chart: ChartView, time: ChartTime, colors: PageColors): void {
    this.#chart = chart;
    this.#time = time;
    this.#colors = colors;
    this.#fill();
    this.#draw();
  }

  #fill(): void {
    const { lines, left, notes } = this.#chart;
    this.#figure.setAttribute('aria-label', this.#spoken());
    this.#legend.replaceChildren(
      ...(lines.length === 0 ? [] : [legend(this.#chart, this.#colors)]),
      ...(left === 0
        ? []
        : [element('p', { class: 'help' }, `${left} more with lower values are not shown.`)]),
    );
    this.#notes.replaceChildren(
      ...notes.map(({ alert, text }) =>
        element(
          'p',
          { class: 'note' },
          element('span', { 'aria-hidden': 'true' }, '⚠ '),
          `${text} `,
          button('Show Alert', 'link', () => {
            this.#onShowAlert(alert);
          }),
        ),
      ),
    );
    if (!this.#table.hidden) this.#fillTable();
  }

  #fillTable(): void {
    const at = this.#table.scrollTop;
    this.#table.replaceChildren(dataTable(this.#chart, this.#time.range));
    this.#table.scrollTop = at;
  }

  #showTable(isShown: boolean): void {
    if (isShown) this.#fillTable();
    this.#table.hidden = !isShown;
    this.#toggle.setAttribute('aria-expanded', String(isShown));
    this.#toggle.textContent = isShown ? 'Hide Table' : 'Show as Table';
  }

  #resize(width: number): void {
    if (width === 0 || width === this.#width) return;
    this.#width = width;
    this.#draw();
  }

  #draw(): void {
    this.#drawn?.destroy();
    this.#drawn = null;
    this.#figure.replaceChildren();
    if (this.#chart.lines.length === 0) {
      const words = 'Nothing was measured in this time.';
      this.#figure.append(element('p', { class: 'empty' }, words));
      return;
    }
    if (this.#width === 0) return;
    this.#drawn = plot(this.#figure, {
      ...this.#time,
      chart: this.#chart,
      colors: this.#colors,
      width: this.#width,
      onPoint: (step) => {
        this.#readout.textContent = step === null ? '' : this.#words(step);
      },
    });
    if (this.#step !== null) this.#point(this.#step);
  }

  #onKey(event: KeyboardEvent): void {
    const steps = this.#chart.lines[0]?.values.length ?? 0;
    const last = steps - 1;
    const at = this.#step ?? last + 1;
    const moves: Readonly<Record<string, number | null>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - 10,
      PageDown: at + 10,
      Home: 0,
      End: last,
      Escape: null,
    };
    const to = moves[event.key];
    if (to === undefined || steps === 0) return;
    event.preventDefault();
    this.#point(to === null ? null : Math.min(last, Math.max(0, to)));
  }

  #point(step: number | null): void {
    this.#step = step;
    const drawn = this.#drawn;
    if (drawn === null) return;
    const time = step === null ? undefined : drawn.data[0][step];
    const left = time === undefined ? -10 : drawn.valToPos(time, 'x');
    drawn.setCursor({ left, top: 0 });
  }

  /** What was measured at a step. */
  #words(step: number): string {
    const { lines, from, stepMs, unit } = this.#chart;
    const values = lines.map(({ name, values: all }) => {
      const value = figure(all[step] ?? null, unit);
      return name === '' ? value : `${name} ${value}`;
    });
    return `${exactMoment(from + step * stepMs, this.#time.range)}: ${values.join(', ')}`;
  }

  /** The whole chart in a sentence, for those who do not see it. */
  #spoken(): string {
    const { title, lines, unit } = this.#chart;
    if (lines.length === 0) return `${title}: nothing was measured in this time`;
    const parts = lines.map(({ name, values, unusual }) => {
      const { now, lowest, highest } = summary(values);
      const range = `${figure(now, unit)} now, from ${figure(lowest, unit)} to ${figure(highest, unit)}`;
      const odd = unusual.length > 0 ? `, unusual ${unusual.length} times` : '';
      return `${name === '' ? '' : `${name} `}${range}${odd}`;
    });
    return `${title}: ${parts.join('; ')}. Arrow keys read single values.`;
  }
}
