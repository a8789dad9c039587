import picomatch from 'picomatch';
import { isAbsolute, relative, sep } from 'node:path';

/** Something below the root that is no longer as it was. Paths are relative, '/'-separated; '' is the root. */
export type Change =
  /** Entries of this one folder changed, came or went: these, and no others. */
  | { readonly kind: 'entries'; readonly path: string; readonly names: ReadonlySet<string> }
  /** The same, of which nobody told which. */
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

const KNOWN_FOLDERS = 4_096;

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
  const folders = new Map<string, boolean>();
  // A folder that is left out takes along all below it. Events come many to a folder, so
  // what was found out about folders is kept for a while.
  const inIgnored = (folder: string): boolean => {
    if (folder === '') return false;
    const known = folders.get(folder);
    if (known !== undefined) return known;
    if (folders.size >= KNOWN_FOLDERS) folders.clear();
    const result = has(folder);
    folders.set(folder, result);
    return result;
  };
  const has = (path: string): boolean =>
    paths.has(path) || matches(path) || inIgnored(parentOf(path));
  return { has };
}

/** The folder that holds an entry; '' for the root's own. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function childOf(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
