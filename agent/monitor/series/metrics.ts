/** What is known of a kind of figure, for whoever keeps, shows or exports it. */
export interface Metric {
  /** Of the values: Prometheus' base units; `ratio` is from 0 to 1. */
  readonly unit: 'ratio' | 'bytes' | 'seconds' | 'count' | 'per-second' | 'timestamp';
  /** What there is one of for each, or null for a single series. */
  readonly label: 'disk' | 'component' | 'worktree' | 'severity' | null;
  /** One sentence without its end, for people. */
  readonly help: string;
}

/** Every figure that is kept over time, by its name. Names are kept for ever, as those of faults. */
export const METRICS = {
  'machine.cpu': { unit: 'ratio', label: null, help: 'Use of all processors' },
  'machine.memory-used': { unit: 'ratio', label: null, help: 'Memory that programs cannot get' },
  'machine.memory-pressure': {
    unit: 'ratio',
    label: null,
    help: 'Part of the last minute in which programs waited for memory',
  },
  'machine.disk-free': {
    unit: 'bytes',
    label: 'disk',
    help: 'Bytes that can still be written to the disk that holds a path',
  },
  'machine.disk-used': {
    unit: 'ratio',
    label: 'disk',
    help: 'Used part of the disk that holds a path',
  },
  'machine.inodes-used': {
    unit: 'ratio',
    label: 'disk',
    help: 'Used part of the files that the disk can hold',
  },
  'machine.watches-used': { unit: 'ratio', label: null, help: 'Used part of the inotify watches' },
  'agent.cpu': { unit: 'ratio', label: null, help: 'Part of one core that the agent uses' },
  'agent.memory': { unit: 'bytes', label: null, help: 'Resident memory of the agent' },
  'agent.loop-delay': {
    unit: 'seconds',
    label: null,
    help: 'How late the event loop of the agent was, 99th percentile',
  },
  'agent.open-files': { unit: 'count', label: null, help: 'Files that the agent has open' },
  'store.size': { unit: 'bytes', label: null, help: 'Size of the packs' },
  'store.packs': { unit: 'count', label: null, help: 'Packs in the store' },
  'journal.records': {
    unit: 'per-second',
    label: null,
    help: 'Changes that were written to the journal',
  },
  'worktree.journal-behind': {
    unit: 'seconds',
    label: 'worktree',
    help: 'Age of the oldest change that is not durable',
  },
  'component.up': {
    unit: 'count',
    label: 'component',
    help: 'Whether a component is up (1) or not (0)',
  },
  'component.response-p50': {
    unit: 'seconds',
    label: 'component',
    help: 'Response time of the last checks, median',
  },
  'component.response-p95': {
    unit: 'seconds',
    label: 'component',
    help: 'Response time of the last checks, 95th percentile',
  },
  'component.response-p99': {
    unit: 'seconds',
    label: 'component',
    help: 'Response time of the last checks, 99th percentile',
  },
  'component.error-rate': {
    unit: 'ratio',
    label: 'component',
    help: 'Part of the last checks that failed',
  },
  'component.throughput': {
    unit: 'per-second',
    label: 'component',
    help: 'Checks that were answered',
  },
  'component.restarts': {
    unit: 'count',
    label: 'component',
    help: 'Restarts after failures since the agent started',
  },
  'alerts.firing': { unit: 'count', label: 'severity', help: 'Alerts that fire' },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** Whether this version knows a metric. */
export function isMetricName(text: string): text is MetricName {
  return Object.hasOwn(METRICS, text);
}

/** One measured value. */
export interface Sample {
  readonly metric: MetricName;
  /** Value of the metric's label; empty for a metric without one. */
  readonly of: string;
  readonly value: number;
}

/** Which series a sample belongs to. */
export function seriesKey(metric: MetricName, of: string): string {
  return `${metric}\0${of}`;
}

/** The parts of a {@link seriesKey}, or null where this version does not know the metric. */
export function partsOfKey(key: string): { metric: MetricName; of: string } | null {
  const end = key.indexOf('\0');
  const metric = key.slice(0, end);
  return end >= 0 && isMetricName(metric) ? { metric, of: key.slice(end + 1) } : null;
}
