import { resolve } from 'node:path';
import type { ComponentView } from '../components/component';
import type { SettingsView } from '../components/settings-files';
import { displayName } from '../support/names';
import type { Look, Subject } from './finding';
import { LookBuilder, verdictOf } from './judge';

/** Response time, ms, of the 95th percentile, and how many samples it takes. */
const SLOW_MS = [2_000, 1_500] as const;
const SLOW_SAMPLES = 20;
/** Part of the checks that failed, and how many failures it takes: one is none. */
const ERROR_RATE = [0.05, 0.04] as const;
const ERRORS = 5;

function componentSubject({ id, scope }: ComponentView): Subject {
  return { kind: 'component', id, name: id, group: `components of ${scope}` };
}

/** What was measured of a component over time. */
interface Measured {
  isUnusual(metric: 'component.response-p50' | 'component.error-rate', of: string): boolean;
}

/**
 * How a component is by its last checks.
 * @param measured adds to a text that it is unusual; that alone is no fault
 */
export function judgeComponent(view: ComponentView, measured: Measured | null = null): Look {
  const { id, state, figures, dependsOn, spec, memoryBytes } = view;
  const limit = spec.kind === 'process' ? (spec.maxMemoryBytes ?? null) : null;
  const cwd = 'cwd' in spec ? (spec.cwd ?? '.') : '.';
  // Where it belongs to: what happens to that worktree explains what happens to it.
  const details = {
    dependsOn: dependsOn.join(' '),
    folder: resolve(view.folder, cwd),
    settingsFolder: view.folder,
  };
  const isDown = state.kind === 'down' || state.kind === 'backing-off';
  const why = 'why' in state ? state.why : '';
  const unusual = (metric: Parameters<Measured['isUnusual']>[0]): string =>
    measured?.isUnusual(metric, id) === true ? ', which is unusual for it' : '';
  const isRunning = state.kind === 'up' || state.kind === 'down';
  const slow = figures.count >= SLOW_SAMPLES ? figures.p95 : 0;
  const errors = figures.count * figures.errorRate;
  const rate = errors >= ERRORS ? figures.errorRate : Math.min(figures.errorRate, 0);
  return new LookBuilder(componentSubject(view))
    .add(
      'component.down',
      isDown ? 'bad' : isTold(state.kind) ? 'unknown' : 'good',
      `${id} is down: ${why}`,
      details,
    )
    .add(
      'component.failed',
      state.kind === 'failed' ? 'bad' : 'good',
      `${id} has failed and stays down: ${why}`,
      details,
    )
    .add(
      'component.slow',
      isRunning ? verdictOf(slow ?? 0, ...SLOW_MS) : 'good',
      `${id} takes ${String(Math.round(slow ?? 0))} ms to answer (95th percentile)${unusual('component.response-p50')}`,
      details,
    )
    .add(
      'component.errors',
      isRunning ? verdictOf(rate, ...ERROR_RATE) : 'good',
      `${String(Math.round(figures.errorRate * 100))} % of the checks of ${id} failed${unusual('component.error-rate')}`,
      details,
    )
    .add(
      'component.memory-high',
      isRunning && limit !== null ? verdictOf(memoryBytes, limit, 0.9 * limit) : 'good',
      `${id} holds ${megabytes(memoryBytes ?? 0)} of memory, more than ${megabytes(limit ?? 0)}`,
      details,
    ).look;
}

function megabytes(bytes: number): string {
  return `${String(Math.round(bytes / 1024 / 1024))} MiB`;
}

/** Whether nobody can tell how it is. */
function isTold(kind: ComponentView['state']['kind']): boolean {
  return kind === 'unknown' || kind === 'starting' || kind === 'waiting' || kind === 'stopping';
}

function settingsSubject({ file }: SettingsView): Subject {
  return { kind: 'settings', id: file, name: displayName(file), group: file };
}

export function judgeSettings(view: SettingsView): Look {
  const { problems, approved, components, rules, hash } = view;
  const described = [...components, ...rules.map((rule) => rule.name)];
  const name = displayName(view.file);
  const builder = new LookBuilder(settingsSubject(view)).cover([
    'settings.invalid',
    'settings.unapproved',
  ]);
  for (const { component, key, message, line, column } of problems) {
    const place = line === null || column === null ? null : { line, column };
    const at = place === null ? '' : `:${String(place.line)}:${String(place.column)}`;
    const where = [component, key].filter((part) => part !== null && part !== '').join('.');
    builder.find(
      'settings.invalid',
      where,
      `${name}${at}: ${where === '' ? '' : `${where}: `}${message}`,
      { path: view.file, ...place },
    );
  }
  if (!approved && described.length > 0)
    builder.find(
      'settings.unapproved',
      hash,
      `${name} describes ${described.join(', ')}: nothing of it counts before you approve it`,
    );
  return builder.look;
}
