import type { Extent } from '../../worktrees/change-set';

/** What watchers saw happen to a source since the last capture. */
export interface Seen {
  /** Folders to look at, and how much of each; null looks at everything. */
  readonly changed: ReadonlyMap<string, Extent> | null;
  /** Whether git's own files changed. */
  readonly git: boolean;
  /** Why everything is looked at, in one word: `burst`, `missed`, `restore` …; null where it is not. */
  readonly why: string | null;
}

/** Nothing is known: look at all of it. */
export const EVERYTHING: Seen = { changed: null, git: true, why: 'asked' };
