import { RANGES, type FromPage, type ToPage } from '../health/charts/chart-page';
import { Chart } from './chart';
import { button, element } from './elements';
import { onThemeChange, pageColors } from './theme';

/** What VS Code gives to a page, once. */
declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
};

const host = acquireVsCodeApi();
const charts = new Map<string, Chart>();
let last: (ToPage & { kind: 'charts' }) | null = null;

const status = element('p', { class: 'status', role: 'status' });
const content = element('main');
const range = element(
  'fieldset',
  { class: 'range' },
  element('legend', { class: 'hidden' }, 'Time'),
  ...RANGES.map(({ range: value, label }) => {
    const input = element('input', { type: 'radio', name: 'range', value, id: `range-${value}` });
    input.addEventListener('change', () => {
      host.postMessage({ kind: 'range', range: value });
    });
    return element('label', { for: `range-${value}` }, input, label);
  }),
);
document.body.append(
  element('header', { class: 'page' }, element('h1', {}, 'Health'), range),
  status,
  content,
);

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (!isToPage(data)) return;
  if (data.kind === 'away') showAway(data);
  else showCharts(data);
});
onThemeChange(() => {
  if (last !== null) showCharts(last);
});
host.postMessage({ kind: 'ready' });

function showAway({ words, canStart }: ToPage & { kind: 'away' }): void {
  status.replaceChildren(words);
  if (!canStart) return;
  const start = button('Start Agent', 'primary', () => {
    host.postMessage({ kind: 'start-agent' });
  });
  status.append(' ', start);
}

function showCharts(message: ToPage & { kind: 'charts' }): void {
  last = message;
  const { range: shown, charts: views } = message;
  const input = document.getElementById(`range-${shown}`);
  if (input instanceof HTMLInputElement) input.checked = true;
  const isEmpty = views.every(({ lines }) => lines.length === 0);
  status.textContent = isEmpty
    ? 'Nothing was measured yet. The first values come within some seconds.'
    : '';
  const colors = pageColors();
  for (const view of views) {
    const known = charts.get(view.id);
    if (known !== undefined) known.show(view, message, colors);
    else charts.set(view.id, new Chart(view, message, colors, showAlert));
  }
  // Built anew only when charts come or go: what is focused and scrolled to stays so.
  const ids = views.map(({ id }) => id).join();
  if (content.dataset['charts'] === ids) return;
  content.dataset['charts'] = ids;
  const sections = [...new Set(views.map(({ section }) => section))];
  content.replaceChildren(
    ...sections.map((section) =>
      element(
        'section',
        { 'aria-label': section },
        element('h2', {}, section),
        element(
          'div',
          { class: 'charts' },
          ...views.flatMap((view) =>
            view.section === section ? (charts.get(view.id)?.root ?? []) : [],
          ),
        ),
      ),
    ),
  );
}

function showAlert(alert: string): void {
  host.postMessage({ kind: 'show-alert', alert });
}

/** The extension's messages are its own: only other messages of the window are left out. */
function isToPage(data: unknown): data is ToPage {
  if (typeof data !== 'object' || data === null || !('kind' in data)) return false;
  return data.kind === 'charts' || data.kind === 'away';
}
