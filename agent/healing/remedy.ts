import type { Finding } from '../monitor/finding';
import type { Workbench } from './workbench/workbench';

/**
 * What an action needs before it runs: nothing; a verified snapshot; or a person's approval (and a
 * snapshot). Nothing that is learned moves an action to a lower tier.
 */
export type Tier = 'automatic' | 'after-snapshot' | 'approval';

/** Kinds of actions. Kept for ever: settings and what was learned name them. */
export const ACTIONS = [
  'restart_component',
  'restart_dependencies',
  'reset_connections',
  'reset_circuit_breaker',
  'clear_cache',
  'increase_resources',
  'force_garbage_collection',
  'validate_data',
  'repair_corruption',
  'rollback_changes',
  'restore_backup',
  'emergency_shutdown',
] as const;
export type ActionName = (typeof ACTIONS)[number];

/** One way to mend one fault. */
export interface Remedy {
  /** What it is called in records and in what is learned: the same for the same way, as `git.index-from-backup`. */
  readonly id: string;
  readonly action: ActionName;
  readonly tier: Tier;
  /** For people, one line: what would be done and why. */
  readonly explain: string;
  /** Paths (absolute) or ids of components that it changes. */
  readonly touches: readonly string[];
  /** How long `apply` may take, ms. */
  readonly timeoutMs: number;
  /**
   * Does it. Changes files by nothing but the bench, so that all of it can be undone.
   * @throws BulwarkError when it cannot be done; what was done is then undone
   */
  apply(bench: Workbench, signal: AbortSignal): Promise<void>;
}
/** Knows remedies for some faults. */
export interface RemedySource {
  /** Best first; none for a fault that it knows nothing about. Reads only. */
  remediesFor(finding: Finding): Promise<readonly Remedy[]>;
}
