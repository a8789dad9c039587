import type { AreaWork } from './planner';
import type { Move } from './work';

/** What moves in git, for people. */
export interface GitChange {
  readonly what: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface GitArea {
  readonly root: string;
  readonly work: AreaWork;
}

/** All that a restore does to git, in the order in which it is done. */
export interface GitWork {
  readonly areas: readonly GitArea[];
  /** Before the files: what is missing of the repository. */
  readonly first: readonly Move[];
  /** After the files; the index is the last of it. */
  readonly then: readonly Move[];
  readonly finishes: readonly Move[];
  readonly changes: readonly GitChange[];
  readonly notes: readonly string[];
  /** The worktree's git directory whose index lock is held meanwhile. */
  readonly lock: string | null;
}

export const NO_GIT_WORK: GitWork = {
  areas: [],
  first: [],
  then: [],
  finishes: [],
  changes: [],
  notes: [],
  lock: null,
};
