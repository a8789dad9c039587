import type { AlertInfo } from '../../../agent/protocol/health-entities';
import { reasonOf } from '../../agent-error';
import type { AgentState } from '../../agent-state';
import type { Call } from '../../agent-link';
import type { Clock } from '../../clock';
import { CHARTS, COMPONENTS } from './chart-list';
import { RANGES, type ChartRange, type ChartView, type ToPage } from './chart-page';
import { chartView } from './chart-views';

/** Least time between two looks at the same range, ms: more often would show nothing new. */
const PACE_MS: Readonly<Record<ChartRange, number>> = {
  hour: 10_000,
  day: 60_000,
  week: 60_000,
};
/** The agent's samples come every so often, and not to the ms. */
const SLACK_MS = 2_000;

export interface ChartFeedOptions {
  readonly call: Call;
  readonly clock: Clock;
  readonly agent: () => AgentState;
  readonly alerts: () => readonly AlertInfo[];
  readonly post: (message: ToPage) => void;
  readonly onError: (error: unknown) => void;
}

/** Keeps a page of charts up to date while somebody looks at it, and asks for nothing otherwise. */
export class ChartFeed {
  readonly #options: ChartFeedOptions;
  #range: ChartRange;
  #visible = false;
  #asking = false;
  #again = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ChartFeedOptions, range: ChartRange) {
    this.#options = options;
    this.#range = range;
  }

  get range(): ChartRange {
    return this.#range;
  }

  /** How far back the page looks now. */
  set range(range: ChartRange) {
    if (range === this.#range) return;
    this.#range = range;
    this.refresh();
  }

  /** Whether somebody can see the page, which is then brought up to date. */
  set visible(visible: boolean) {
    this.#visible = visible;
    if (visible) this.refresh();
  }

  /** The agent has measured again. */
  sampled(): void {
    const passed = this.#options.clock.now() - this.#askedAt;
    if (passed >= PACE_MS[this.#range] - SLACK_MS) this.refresh();
  }

  /** Asks anew, if somebody looks; what is asked for meanwhile is asked for once. */
  refresh(): void {
    if (!this.#visible) return;
    this.#again = true;
    if (!this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      while (this.#again && this.#visible) {
        this.#again = false;
        const range = this.#range;
        const read = await this.#read();
        // What is of another range by now would switch the page back to it.
        if (range === this.#range) this.#options.post(read);
      }
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#asking = false;
    }
  }

  async #read(): Promise<ToPage> {
    const { agent, clock } = this.#options;
    const state = agent();
    if (state.kind !== 'connected') return away(state);
    const range = this.#range;
    this.#askedAt = clock.now();
    const to = clock.now();
    const from = to - (RANGES.find((one) => one.range === range)?.ms ?? 0);
    try {
      const charts = await Promise.all(CHARTS.map((kind) => this.#chart(kind, from, to)));
      return { kind: 'charts', range, from, to, charts: withoutUnused(charts) };
    } catch (error) {
      if (reasonOf(error) === null) throw error;
      return { kind: 'away', words: 'The agent does not answer.', canStart: false };
    }
  }

  async #chart(kind: (typeof CHARTS)[number], from: number, to: number): Promise<ChartView | null> {
    const { call, alerts } = this.#options;
    try {
      const series = await call('metrics/series', { metric: kind.metric, from, to });
      return chartView(kind, series, alerts());
    } catch (error) {
      if (reasonOf(error) === 'metric-unknown') return null;
      throw error;
    }
  }
}

/** Nothing is said of components where there are none. */
function withoutUnused(charts: readonly (ChartView | null)[]): readonly ChartView[] {
  const known = charts.filter((chart) => chart !== null);
  const used = new Set(known.flatMap(({ section, lines }) => (lines.length > 0 ? [section] : [])));
  return known.filter(({ section }) => section !== COMPONENTS || used.has(section));
}

function away(state: Exclude<AgentState, { kind: 'connected' }>): ToPage {
  switch (state.kind) {
    case 'connecting':
    case 'waiting':
      return { kind: 'away', words: 'Connecting to the Bulwark agent…', canStart: false };
    case 'stopped':
    case 'failed':
      return {
        kind: 'away',
        words: 'The Bulwark agent is not running: nothing is measured.',
        canStart: true,
      };
  }
}
