/** What goes first, where not everything can run at once: the first of these. */
export const PRIORITIES = [
  'restore',
  'loss-guard',
  'recovery',
  'backup',
  'verification',
  'scrub',
] as const;
export type Priority = (typeof PRIORITIES)[number];

/**
 * Background work is held back no longer than this, ms. Half a working day: a laptop that is used on
 * battery all day, or a machine that never stops building, is still backed up within it.
 */
export const LONGEST_HOLD_MS = 4 * 3_600_000;

/** A piece of work that takes a while, as it is ordered among the others. */
export interface Operation {
  readonly priority: Priority;
  /** The folder that it is about, for fairness among worktrees; null for the store as a whole. */
  readonly worktree: string | null;
  /** For people: "the weekly reading of the store". */
  readonly what: string;
  /** Nobody waits for it: it begins when the machine, and whoever works on it, are less busy. */
  readonly background?: boolean;
}

/** Orders the work of the agent. */
export interface Operations {
  /**
   * Runs `work` when it is its turn. What an operation starts while it runs is part of it, and waits
   * for nobody.
   * @throws BulwarkError `cancelled` when `signal` is aborted before its turn, and what `work` throws
   */
  run<T>(operation: Operation, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** Between two steps of long work: resolves when nothing that matters more runs, or `signal` is aborted. */
  pause(signal: AbortSignal): Promise<void>;
  /** Why background work on a folder had better begin later, for people; null where nothing is against it. */
  heldBy(worktree: string | null): string | null;
  /** Whether another folder is being restored. */
  restoresBeside(worktree: string): boolean;
}

/** Everything at once, for parts that are used by themselves. */
export const UNORDERED: Operations = {
  run: (_operation, _signal, work) => work(),
  pause: () => Promise.resolve(),
  heldBy: () => null,
  restoresBeside: () => false,
};
