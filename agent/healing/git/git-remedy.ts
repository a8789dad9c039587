import type { Finding } from '../../monitor/finding';
import type { GitPlace } from '../../monitor/git/detector';
import type { GitBackups } from '../../protection/git-backups';
import type { Git } from '../../worktrees/git';
import type { Remedy } from '../remedy';

/** What remedies for git's faults are made from. */
export interface GitCase {
  readonly finding: Finding;
  /** The worktree, or for a fault of the repository one of its worktrees. */
  readonly place: GitPlace;
  /** All worktrees of the repository whose folder is there. */
  readonly places: readonly GitPlace[];
  readonly git: Git;
  readonly backups: GitBackups;
}

/** Makes the remedies for one kind of fault, best first. Reads only. */
export type RemedyMaker = (one: GitCase) => Promise<Remedy[]>;

const TIMEOUT_MS = 120_000;

/** A remedy with what most of them have. */
export function gitRemedy(
  parts: Pick<Remedy, 'id' | 'tier' | 'explain' | 'touches' | 'apply'>,
): Remedy {
  return { action: 'repair_corruption', timeoutMs: TIMEOUT_MS, ...parts };
}

/** A fact that the finding's detector gave, as text. */
export function detail({ details }: Finding, name: string): string | null {
  const value = details[name];
  return typeof value === 'string' ? value : null;
}
