import picomatch from 'picomatch';
import { hashBytes } from '../../repository/blob-id';
import { gitStateRoots, repositoryInclude } from '../../worktrees/git-state';
import type { Worktree } from '../../worktrees/worktree';
import { onlyPaths, WHOLE_TREE } from '../restore/path-filter';
import { isStagingName } from '../restore/staging-name';
import { regenerableByName } from '../../worktrees/regenerable';

/** What a root is, and so which of its entries belong to a snapshot. Plain data: it goes to worker threads. */
export type RootFilter =
  | {
      readonly kind: 'files';
      /** The user's patterns, as picomatch reads them, against paths from the root. */
      readonly patterns: readonly string[];
      /** Files above this many bytes are left out. */
      readonly maxFileBytes: number;
    }
  /** What a program named: these paths and what is below them, or everything where none is. No rule leaves anything out. */
  | { readonly kind: 'set'; readonly only: readonly string[] }
  | { readonly kind: 'git-worktree' | 'git-common'; readonly worktree: Worktree }
  | { readonly kind: 'repository' };

/** What happens to an entry of a folder. */
export type Verdict =
  | { readonly kind: 'keep' }
  /** Not part of the root at all: locks, the staging of a restore. */
  | { readonly kind: 'ignore' }
  | { readonly kind: 'exclude'; readonly reason: 'regenerable' | 'pattern'; readonly rule: string };

const KEEP: Verdict = { kind: 'keep' };
const IGNORE: Verdict = { kind: 'ignore' };

/** Decides by name what belongs to a root. */
export class CaptureRules {
  readonly maxFileBytes: number;
  /** Whether folders are looked at for worktrees and caches inside the root. */
  readonly looksInside: boolean;
  readonly #judge: (
    path: string,
    name: string,
    folder: boolean,
    siblings: ReadonlySet<string>,
  ) => Verdict;

  constructor(filter: RootFilter) {
    this.maxFileBytes = filter.kind === 'files' ? filter.maxFileBytes : Number.MAX_SAFE_INTEGER;
    this.looksInside = filter.kind === 'files';
    this.#judge = judgeFor(filter);
  }

  judge(path: string, name: string, folder: boolean, siblings: ReadonlySet<string>): Verdict {
    return this.#judge(path, name, folder, siblings);
  }
}

function judgeFor(
  filter: RootFilter,
): (path: string, name: string, folder: boolean, siblings: ReadonlySet<string>) => Verdict {
  if (filter.kind === 'files') {
    const patterns = filter.patterns.map((pattern) => ({
      pattern,
      matches: picomatch(pattern, { dot: true, matchBase: !pattern.includes('/') }),
    }));
    return (path, name, folder, siblings) => {
      if (path === '.git' || isStagingName(name)) return IGNORE;
      const rule = folder ? regenerableByName(name, siblings) : null;
      if (rule !== null) return { kind: 'exclude', reason: 'regenerable', rule };
      const matched = patterns.find(({ matches }) => matches(path));
      return matched === undefined
        ? KEEP
        : { kind: 'exclude', reason: 'pattern', rule: matched.pattern };
    };
  }
  if (filter.kind === 'set') {
    const only = filter.only.length === 0 ? WHOLE_TREE : onlyPaths(filter.only);
    return (path, name, folder) => {
      const standing = isStagingName(name) ? 'outside' : only.standing(path);
      return standing === 'inside' || (standing === 'above' && folder) ? KEEP : IGNORE;
    };
  }
  const include = includeOf(filter);
  return (path, _name, folder) => (include(path, folder) ? KEEP : IGNORE);
}

function includeOf(
  filter: Exclude<RootFilter, { kind: 'files' | 'set' }>,
): (path: string, folder: boolean) => boolean {
  if (filter.kind === 'repository') return repositoryInclude;
  const wanted = filter.kind === 'git-worktree' ? 'worktree' : 'common';
  const root = gitStateRoots(filter.worktree).find(({ name }) => name === wanted);
  return (path, folder) => root?.include(path, folder) ?? false;
}

/** A number that changes when the rules do: what was remembered under others is looked at again. */
export function rulesVersion(filter: RootFilter): number {
  const facts = filter.kind === 'files' || filter.kind === 'set' ? filter : { kind: filter.kind };
  return hashBytes(Buffer.from(JSON.stringify(facts), 'utf8')).readUInt32LE(0);
}
