import type { ComponentView } from '../../components/component';
import type { AlertView } from '../alerts/alert-book';
import type { AgentFigures } from '../machine/agent-probe';
import type { MachineFigures } from '../machine/machine-probe';
import type { Usage } from '../machine/limits';
import type { WatchedSource } from '../watched-source';
import type { MetricName, Sample } from './metrics';

/** What the store says of itself, since the agent started. */
export interface StoreFigures {
  readonly packBytes: number;
  readonly packs: number;
  /** Records that were written to the journal. */
  readonly journalRecords: number;
}

/** Everything that was measured in one look. */
export interface Measured {
  readonly machine: MachineFigures;
  readonly agent: AgentFigures;
  readonly store: StoreFigures;
  /** Since the look before, ms, and what the store said then; null at the first look. */
  readonly before: { readonly ms: number; readonly store: StoreFigures } | null;
  readonly sources: readonly WatchedSource[];
  readonly components: readonly ComponentView[];
  readonly alerts: readonly AlertView[];
}

const SEVERITIES = ['info', 'warning', 'critical'] as const;

/** The samples of one look; what could not be measured is left out. */
export function collectSamples(measured: Measured): Sample[] {
  const samples: Sample[] = [];
  const add = (metric: MetricName, value: number | null | undefined, of = ''): void => {
    if (value != null) samples.push({ metric, of, value });
  };
  const { machine, agent, store, before, alerts } = measured;
  const { memory } = machine;
  add('machine.cpu', machine.cpu);
  if (memory !== null) {
    add('machine.memory-used', 1 - memory.availableBytes / memory.totalBytes);
    add('machine.memory-pressure', memory.pressure === null ? null : memory.pressure / 100);
  }
  for (const { path, totalBytes, freeBytes, inodes } of machine.disks) {
    add('machine.disk-free', freeBytes, path);
    if (totalBytes > 0) add('machine.disk-used', 1 - freeBytes / totalBytes, path);
    if (inodes !== null) add('machine.inodes-used', 1 - inodes.free / inodes.total, path);
  }
  add('machine.watches-used', part(machine.watches));
  add('agent.cpu', agent.cpu);
  add('agent.memory', agent.rssBytes);
  add('agent.loop-delay', agent.loopDelayMs / 1_000);
  add('agent.open-files', machine.files?.used);
  add('store.size', store.packBytes);
  add('store.packs', store.packs);
  if (before !== null && before.ms > 0)
    add(
      'journal.records',
      (1_000 * (store.journalRecords - before.store.journalRecords)) / before.ms,
    );
  for (const severity of SEVERITIES)
    add(
      'alerts.firing',
      alerts.filter((one) => one.severity === severity && one.phase.kind === 'firing').length,
      severity,
    );
  for (const { path, behindMs } of measured.sources)
    add('worktree.journal-behind', behindMs / 1_000, path);
  for (const view of measured.components) addComponent(view, add);
  return samples;
}

function addComponent(
  { id, state, figures, restarts, spec }: ComponentView,
  add: (metric: MetricName, value: number | null, of: string) => void,
): void {
  if (state.kind === 'unapproved') return;
  add('component.up', state.kind === 'up' ? 1 : 0, id);
  add('component.response-p50', seconds(figures.p50), id);
  add('component.response-p95', seconds(figures.p95), id);
  add('component.response-p99', seconds(figures.p99), id);
  if (figures.count > 0) add('component.error-rate', figures.errorRate, id);
  add('component.throughput', figures.throughput, id);
  if (spec.kind === 'process') add('component.restarts', restarts, id);
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}

function part(usage: Usage | null): number | null {
  return usage === null || usage.limit === 0 ? null : usage.used / usage.limit;
}
