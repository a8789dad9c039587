/**
 * What the page of charts and the extension tell each other. The page runs in a webview: it knows
 * neither VS Code's interface nor the agent.
 */

/** How far back the charts go. */
export type ChartRange = 'hour' | 'day' | 'week';

export const RANGES: readonly {
  readonly range: ChartRange;
  readonly label: string;
  readonly ms: number;
}[] = [
  { range: 'hour', label: 'Last hour', ms: 3_600_000 },
  { range: 'day', label: 'Last day', ms: 24 * 3_600_000 },
  { range: 'week', label: 'Last week', ms: 7 * 24 * 3_600_000 },
];

/** What values are in, as the agent has it. */
export type Unit = 'ratio' | 'bytes' | 'seconds' | 'count' | 'per-second';

export interface ChartLine {
  /** What is measured, such as the name of a component; empty for a single line. */
  readonly name: string;
  /** One value a step; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  /** Ms since 1970 of what was unusual. */
  readonly unusual: readonly number[];
}

/** Something to say about a chart: a forecast, or what is wrong. */
export interface ChartNote {
  readonly alert: string;
  readonly text: string;
}

export interface ChartView {
  readonly id: string;
  readonly section: string;
  readonly title: string;
  readonly help: string;
  readonly unit: Unit;
  /** Ms since 1970 of the first value. */
  readonly from: number;
  readonly stepMs: number;
  readonly lines: readonly ChartLine[];
  /** Lines that are not shown, because there are too many. */
  readonly left: number;
  readonly notes: readonly ChartNote[];
}

/** What the page is told. */
export type ToPage =
  | {
      readonly kind: 'charts';
      readonly range: ChartRange;
      /** Ms since 1970. */
      readonly from: number;
      readonly to: number;
      readonly charts: readonly ChartView[];
    }
  /** There is nobody to ask; why, and whether the agent could be started. */
  | { readonly kind: 'away'; readonly words: string; readonly canStart: boolean };

/** What the page tells. */
export type FromPage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'range'; readonly range: ChartRange }
  | { readonly kind: 'start-agent' }
  | { readonly kind: 'show-alert'; readonly alert: string };

export function isRange(value: unknown): value is ChartRange {
  return RANGES.some(({ range }) => range === value);
}

/** A message of the page, or null for what makes no sense. */
export function fromPage(message: unknown): FromPage | null {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return null;
  switch (message.kind) {
    case 'ready':
      return { kind: 'ready' };
    case 'range':
      return 'range' in message && isRange(message.range)
        ? { kind: 'range', range: message.range }
        : null;
    case 'start-agent':
      return { kind: 'start-agent' };
    case 'show-alert':
      return 'alert' in message && typeof message.alert === 'string'
        ? { kind: 'show-alert', alert: message.alert }
        : null;
    default:
      return null;
  }
}
