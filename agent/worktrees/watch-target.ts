import picomatch from 'picomatch';
import { isAbsolute, relative, sep } from 'node:path';

/** Something below the root that is no longer as it was. Paths are relative, '/'-separated; '' is the root. */
export type Change =
  /** Entries of this one folder changed, came or went. */
  | { readonly kind: 'folder'; readonly path: string }
  /** The folder came, or was not watched for a while: everything below may be new. */
  | { readonly kind: 'subtree'; readonly path: string };

/** Why the operating system's notice ended. */
export type WatchFailure =
  /** The user's allowance of watches or of watch instances is used up. */
  | { readonly kind: 'exhausted' }
  /** More folders than this worktree may watch. */
  | { readonly kind: 'too-many-folders'; readonly limit: number }
  /** The watcher does not work here, or broke. */
  | { readonly kind: 'broken'; readonly error: unknown };

/** Where a backend tells what it saw. */
export interface WatchSink {
  change(change: Change): void;
  /** Some events may be lost; a full scan is needed. */
  missed(): void;
  /** The root is gone, or another folder took its place. */
  rootGone(): void;
  /** The backend has stopped. */
  failed(failure: WatchFailure): void;
}

/** One way of being told by the operating system. */
export interface WatchBackend {
  /**
   * Resolves when everything that happened before the call has reached the
   * sink: `true`; or `false` where the system cannot promise that.
   */
  settle(): Promise<boolean>;
  close(): Promise<void>;
}

/** What is not watched. */
export interface Ignored {
  /** Whether a path below the root (relative, '/'-separated) is left out. */
  has(path: string): boolean;
}

/**
 * @param patterns absolute paths (with everything below them), or globs relative to the root
 */
export function ignoring(root: string, patterns: readonly string[]): Ignored {
  const paths = new Set<string>();
  const globs: string[] = [];
  for (const pattern of patterns) {
    if (isAbsolute(pattern)) paths.add(relative(root, pattern).replaceAll(sep, '/'));
    else globs.push(pattern);
  }
  const matches = globs.length === 0 ? () => false : picomatch(globs, { dot: true });
  return {
    has(path) {
      // A folder that is left out takes along all below it.
      for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
        if (paths.has(path.slice(0, end))) return true;
      return paths.has(path) || matches(path);
    },
  };
}

/** The folder that holds an entry; '' for the root's own. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function childOf(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
