import type { Worktree } from './worktree';

/** A part of git's own files that a snapshot of a worktree holds. */
export interface GitStateRoot {
  readonly name: 'worktree' | 'common';
  /** Absolute folder in which to look. */
  readonly root: string;
  /** Whether a path below `root` (relative, '/'-separated) belongs to it; folders that do not need not be entered. */
  include(relPath: string, isDirectory: boolean): boolean;
}

/** In a linked worktree's git directory: repositories of submodules and stores of other tools. */
const HEAVY = new Set(['modules', 'objects', 'lfs', 'annex', 'worktrees']);

/** In the common directory: what git keeps once for all worktrees (its `path.c`), and heavy things. */
const SHARED = new Set([
  'branches',
  'common',
  'config',
  'description',
  'hooks',
  'lost-found',
  'objects',
  'packed-refs',
  'reftable',
  'remotes',
  'rr-cache',
  'shallow',
  'svn',
  ...HEAVY,
]);

/** Folders of the common directory that belong to the main worktree; others there are not known. */
const OWN_FOLDERS = new Set(['rebase-merge', 'rebase-apply', 'sequencer', 'NOTES_MERGE_WORKTREE']);

/** Below `refs/` and `logs/refs/`: what each worktree has for itself. */
const OWN_REFS = new Set(['bisect', 'worktree', 'rewritten']);

/**
 * What of git's own files belongs in a snapshot of a worktree: `worktree` is
 * what it has for itself (HEAD, index, a stopped merge, rebase or bisect, its
 * log), `common` the refs and settings that all worktrees share. Objects are
 * never in it: the repository is a source of its own.
 */
export function gitStateRoots(worktree: Worktree): readonly GitStateRoot[] {
  const main = worktree.role === 'main';
  return [
    {
      name: 'worktree',
      root: worktree.gitDir,
      include: (path, isDirectory) =>
        !isPassing(path, isDirectory) &&
        (main ? isOwnOfMain(path, isDirectory) : isOwnOfLinked(path)),
    },
    {
      name: 'common',
      root: worktree.commonDir,
      // The common HEAD is the main worktree's; with a linked one it says what the repository needs.
      include: (path, isDirectory) =>
        !isPassing(path, isDirectory) && (isShared(path) || (!main && path === 'HEAD')),
    },
  ];
}

/** What the source of a whole repository holds: all of the common directory but what passes. */
export function repositoryInclude(relPath: string, isDirectory: boolean): boolean {
  return !isPassing(relPath, isDirectory);
}

function isOwnOfLinked(path: string): boolean {
  return !HEAVY.has(first(path));
}

function isOwnOfMain(path: string, isDirectory: boolean): boolean {
  const parts = path.split('/');
  const [top = '', second, third] = parts;
  switch (top) {
    case '':
      return true;
    case 'refs':
      return second === undefined || OWN_REFS.has(second);
    case 'logs':
      if (second === undefined || second === 'HEAD') return true;
      return second === 'refs' && (third === undefined || OWN_REFS.has(third));
    case 'info':
      return second === undefined || second === 'sparse-checkout';
    default:
      if (SHARED.has(top)) return false;
      return parts.length === 1 && !isDirectory ? true : OWN_FOLDERS.has(top);
  }
}

function isShared(path: string): boolean {
  const [top = '', second, third] = path.split('/');
  switch (top) {
    case '':
    case 'config':
    case 'packed-refs':
    case 'shallow':
    case 'reftable':
      return true;
    case 'refs':
      return second === undefined || !OWN_REFS.has(second);
    case 'logs':
      if (second === undefined) return true;
      return second === 'refs' && (third === undefined || !OWN_REFS.has(third));
    case 'info':
      return second !== 'sparse-checkout';
    default:
      return false;
  }
}

/** What something that runs just now has put there: locks, half-written objects, the fsmonitor daemon's. */
function isPassing(path: string, isDirectory: boolean): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith('fsmonitor--daemon')) return true;
  if (isDirectory) return name.startsWith('tmp_objdir-') || name.startsWith('incoming-');
  return (
    name.endsWith('.lock') ||
    name === 'gc.pid' ||
    /^tmp_(?:obj|pack|idx|rev|mtimes|graph|midx|bitmap)_/.test(name)
  );
}

function first(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}
