import type { ActionName } from './remedy';
import type { Prior } from './learning/arm';
import { WAIT } from './learning/experience';

/** One way to deal with a fault. */
export interface Strategy {
  readonly id: string;
  /** For people, one line. */
  readonly title: string;
  /** Rows one after the other; the actions of a row at the same time. */
  readonly rows: readonly (readonly ActionName[])[];
}

/** All strategies but those of the user's own. */
export const STRATEGIES: readonly Strategy[] = [
  { id: WAIT, title: 'Wait: many faults clear by themselves', rows: [] },
  { id: 'restart_component', title: 'Start it anew', rows: [['restart_component']] },
  {
    id: 'restart_dependencies',
    title: 'Start anew what it depends on, then itself',
    rows: [['restart_dependencies'], ['restart_component']],
  },
  { id: 'reset_connections', title: 'Let go of its connections', rows: [['reset_connections']] },
  {
    id: 'reset_circuit_breaker',
    title: 'Let one check through, which decides whether all may',
    rows: [['reset_circuit_breaker']],
  },
  {
    id: 'clear_cache',
    title: 'Move away what it makes again by itself, then start it',
    rows: [['clear_cache']],
  },
  {
    id: 'increase_resources',
    title: 'Give it one step of more, then start it',
    rows: [['increase_resources']],
  },
  {
    id: 'force_garbage_collection',
    title: 'Have it give back memory',
    rows: [['force_garbage_collection']],
  },
  {
    id: 'reset_and_collect',
    title: 'Let go of its connections and of memory at once',
    rows: [['reset_connections', 'force_garbage_collection']],
  },
  { id: 'validate_data', title: 'Verify what is kept', rows: [['validate_data']] },
  { id: 'repair_corruption', title: 'Mend what is damaged', rows: [['repair_corruption']] },
  {
    id: 'repair_store',
    title: 'Verify the store, then mend what can be mended from its copies',
    rows: [['validate_data'], ['repair_corruption']],
  },
  { id: 'restore_backup', title: 'Bring back what is missing', rows: [['restore_backup']] },
  {
    id: 'rollback_changes',
    title: 'Go back to the last snapshot that was well',
    rows: [['rollback_changes']],
  },
  {
    id: 'emergency_shutdown',
    title: 'Back everything up, then stop all that the agent runs',
    rows: [['emergency_shutdown']],
  },
];

/**
 * What is expected weighs as much as so many outcomes. With more, a catalogue that is wrong about a
 * fault keeps what helps from being tried: `npm run bench:learning` shows it.
 */
const WEIGHT = 1;

/** Believed to help `helped` times for each `failed` times that it does not. */
function prior(helped: number, failed: number): Prior {
  const all = helped + failed;
  return { helped: (WEIGHT * helped) / all, failed: (WEIGHT * failed) / all };
}

/** What is not in the catalogue for a fault is believed to help one time in four. */
export const UNKNOWN: Prior = { helped: 0.5, failed: 1.5 };

type Row = readonly [strategy: string, prior: Prior];
const RESTART: Row = ['restart_component', prior(6, 1)];
const DEPENDENCIES: Row = ['restart_dependencies', prior(2, 2)];

/** What usually helps, by fault and kind of component (`*` for any): strategies that need no learning. */
const CATALOGUE: Readonly<Record<string, readonly Row[]>> = {
  'component.down process': [RESTART, DEPENDENCIES, ['clear_cache', prior(1.2, 2)]],
  // A program that reports itself, where it says that it can be asked for this.
  'component.down heartbeat': [
    RESTART,
    DEPENDENCIES,
    ['reset_connections', prior(2, 2)],
    [WAIT, prior(2, 3)],
  ],
  'component.down *': [
    ['reset_connections', prior(2, 2)],
    [WAIT, prior(2, 3)],
  ],
  'component.failed process': [
    DEPENDENCIES,
    ['clear_cache', prior(1.5, 2)],
    ['increase_resources', prior(1.2, 2)],
  ],
  'component.slow process': [
    ['reset_and_collect', prior(2, 1.5)],
    ['force_garbage_collection', prior(2, 2)],
    ['restart_component', prior(2, 1)],
    [WAIT, prior(1, 2)],
  ],
  'component.slow *': [
    ['reset_connections', prior(2, 2)],
    [WAIT, prior(2, 2)],
  ],
  'component.errors process': [
    ['restart_component', prior(3, 1)],
    ['reset_connections', prior(2, 2)],
    DEPENDENCIES,
  ],
  'component.errors *': [
    ['reset_connections', prior(2, 2)],
    [WAIT, prior(2, 2)],
  ],
  'component.memory-high process': [
    ['force_garbage_collection', prior(3, 2)],
    ['restart_component', prior(4, 1)],
  ],
  'circuit-open *': [
    ['restart_dependencies', prior(2, 2)],
    ['reset_circuit_breaker', prior(1.5, 2)],
  ],
  'asked process': [RESTART, DEPENDENCIES],
  'agent.memory-high *': [['force_garbage_collection', prior(4, 1)]],
  'store-damaged *': [['repair_store', prior(6, 1)]],
  'worktree.missing *': [['restore_backup', prior(6, 1)]],
};

/** The catalogue's entry of a strategy for a fault of a kind of component; null where it has none. */
export function cataloguePrior(fault: string, kind: string, strategy: string): Prior | null {
  if (fault.startsWith('git.') && strategy === 'repair_corruption') return prior(9, 1);
  const rows = CATALOGUE[`${fault} ${kind}`] ?? CATALOGUE[`${fault} *`] ?? [];
  return rows.find(([id]) => id === strategy)?.[1] ?? null;
}
