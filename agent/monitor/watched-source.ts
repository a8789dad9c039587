import type { Worktree } from '../worktrees/worktree';

/** Something that is protected, as its owner tells it. Times in ms. */
export interface WatchedSource {
  readonly id: string;
  readonly path: string;
  /** Null for a plain folder. */
  readonly worktree: Worktree | null;
  /** Why nothing can be saved, or null. */
  readonly failing: string | null;
  /** When the newest state was kept, since 1970; null while there is none. */
  readonly newestAt: number | null;
  /** Age of the oldest change that is not durable. */
  readonly behindMs: number;
  /** Entries that the newest snapshot left out. */
  readonly excluded: number;
}

/** Worktrees and plain folders, and the repositories that the worktrees belong to. */
export function foldersOf(sources: readonly WatchedSource[]): Set<string> {
  return new Set(
    sources.flatMap(({ path, worktree }) =>
      worktree === null ? [path] : [path, worktree.commonDir],
    ),
  );
}

/** Folders whose settings file counts: plain folders, and of each repository its main worktree. */
export function settingsRoots(sources: readonly WatchedSource[]): string[] {
  return sources
    .filter(({ worktree }) => worktree === null || worktree.role === 'main')
    .map(({ path }) => path);
}
