import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CircuitState } from '../../components/breakers';
import type { ComponentView } from '../../components/component';
import type { Disposable } from '../../support/emitter';
import { displayName } from '../../support/names';
import type { HealthMonitor } from '../health-monitor';
import type { StoreFigures } from '../series/collect';
import { METRICS, type Metric, type MetricName } from '../series/metrics';

/** Seconds: those of Prometheus' client libraries. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Things of one kind that are told of; of further ones only how many they are. */
const MAX_THINGS = 500;
const CIRCUITS: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 };
/** Prometheus counts these itself, from the counters below. */
const DERIVED: ReadonlySet<MetricName> = new Set([
  'journal.records',
  'component.response-p50',
  'component.response-p95',
  'component.response-p99',
  'component.error-rate',
  'component.throughput',
  'component.restarts',
]);

export interface PrometheusOptions {
  readonly monitor: HealthMonitor;
  readonly version: string;
  /** What the store says of itself just now. */
  store(): StoreFigures;
  /** When the agent started, ms since 1970. */
  readonly startedAt: number;
}

/**
 * All figures as Prometheus reads them: names and units by its conventions, told from what was
 * measured last; nothing is measured for it. Labels are bounded, and what is gone is not told of.
 */
export class PrometheusExport {
  readonly contentType: string = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #options: PrometheusOptions;
  readonly #registry = new Registry();
  readonly #durations: Histogram<'component'>;
  readonly #checks: Counter<'component' | 'outcome'>;
  readonly #subscriptions: readonly Disposable[];
  readonly #counted = new Set<string>();

  constructor(options: PrometheusOptions) {
    this.#options = options;
    const registers = [this.#registry];
    this.#durations = new Histogram({
      name: 'bulwark_component_check_duration_seconds',
      help: 'How long the checks of a component took that were answered.',
      labelNames: ['component'],
      buckets: BUCKETS,
      registers,
    });
    this.#checks = new Counter({
      name: 'bulwark_component_checks_total',
      help: 'Checks of a component, by their outcome.',
      labelNames: ['component', 'outcome'],
      registers,
    });
    this.#addGauges();
    this.#addCounters();
    this.#addAgent();
    const { components } = options.monitor;
    this.#subscriptions = [
      components.onChecked.on(({ id, ok, ms }) => {
        if (!this.#counted.has(id) && this.#counted.size >= MAX_THINGS) return;
        this.#counted.add(id);
        this.#checks.inc({ component: id, outcome: ok ? 'up' : 'down' });
        if (ok) this.#durations.observe({ component: id }, ms / 1_000);
      }),
      components.onChange.on((id) => {
        if (components.find(id) === null) this.#forget(id);
      }),
    ];
  }

  /** The text of a scrape. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#registry.clear();
  }

  #forget(id: string): void {
    if (!this.#counted.delete(id)) return;
    this.#durations.remove({ component: id });
    for (const outcome of ['up', 'down']) this.#checks.remove({ component: id, outcome });
  }

  /** One for each figure that is kept over time, with its value of the last look. */
  #addGauges(): void {
    const { monitor } = this.#options;
    for (const [name, metric] of metricsOf()) {
      if (DERIVED.has(name)) continue;
      const { label } = metric;
      new Gauge({
        name: prometheusName(name, metric),
        help: `${metric.help}.`,
        labelNames: label === null ? [] : [label],
        registers: [this.#registry],
        collect() {
          this.reset();
          const samples = monitor.samples.filter((sample) => sample.metric === name);
          for (const { of, value } of samples.slice(0, MAX_THINGS))
            if (label === null) this.set(value);
            else this.set({ [label]: displayName(of) }, value);
        },
      });
    }
    new Gauge({
      name: 'bulwark_worktree_newest_state_timestamp_seconds',
      help: 'When the newest state of a worktree was kept.',
      labelNames: ['worktree'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { path, newestAt } of monitor.sources().slice(0, MAX_THINGS))
          if (newestAt !== null) this.set({ worktree: displayName(path) }, newestAt / 1_000);
      },
    });
    new Gauge({
      name: 'bulwark_worktree_protected',
      help: 'Whether the states of a worktree are kept (1) or that fails (0).',
      labelNames: ['worktree'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { id, path, failing } of monitor.sources().slice(0, MAX_THINGS))
          if (!monitor.worktrees.isRemoved(id))
            this.set({ worktree: displayName(path) }, failing === null ? 1 : 0);
      },
    });
    new Gauge({
      name: 'bulwark_circuit_state',
      help: 'Whether checks, recoveries and deliveries go through: 0 all, 1 one to try, 2 none.',
      labelNames: ['circuit'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { name, state } of monitor.breakers.list().slice(0, MAX_THINGS))
          this.set({ circuit: displayName(name) }, CIRCUITS[state]);
      },
    });
    new Gauge({
      name: 'bulwark_left_out',
      help: 'Things that are not told of here because there are too many of their kind.',
      labelNames: ['kind'],
      registers: [this.#registry],
      collect() {
        const left = (count: number): number => Math.max(0, count - MAX_THINGS);
        this.set({ kind: 'component' }, left(monitor.components.list().length));
        this.set({ kind: 'worktree' }, left(monitor.sources().length));
      },
    });
  }

  #addCounters(): void {
    const { monitor } = this.#options;
    const records = (): number => this.#options.store().journalRecords;
    new Counter({
      name: 'bulwark_journal_records_total',
      help: 'Records that were written to the journal since the agent started.',
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(records());
      },
    });
    new Counter({
      name: 'bulwark_component_restarts_total',
      help: 'Restarts of a process after failures since the agent started.',
      labelNames: ['component'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { id, restarts } of processes(monitor.components.list()))
          this.inc({ component: id }, restarts);
      },
    });
  }

  #addAgent(): void {
    const { version, startedAt } = this.#options;
    new Gauge({
      name: 'bulwark_build_info',
      help: 'Always 1; the labels tell which agent this is.',
      labelNames: ['version', 'node'],
      registers: [this.#registry],
      collect() {
        this.set({ version, node: process.version }, 1);
      },
    });
    new Gauge({
      name: 'bulwark_agent_start_time_seconds',
      help: 'When the agent started.',
      registers: [this.#registry],
      collect() {
        this.set(startedAt / 1_000);
      },
    });
    new Counter({
      name: 'bulwark_agent_cpu_seconds_total',
      help: 'Time of processors that the agent has used.',
      registers: [this.#registry],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
  }
}

function processes(components: readonly ComponentView[]): ComponentView[] {
  return components.filter(({ spec }) => spec.kind === 'process').slice(0, MAX_THINGS);
}

function metricsOf(): [MetricName, Metric][] {
  const list: [MetricName, Metric][] = [];
  let name: MetricName;
  for (name in METRICS) list.push([name, METRICS[name]]);
  return list;
}

/** As Prometheus names it: words with underscores, the base unit at the end. */
function prometheusName(name: MetricName, { unit }: Metric): string {
  const words = `bulwark_${name.replaceAll(/[.-]/g, '_')}`;
  return unit === 'count' ? words : `${words}_${unit.replaceAll('-', '_')}`;
}
