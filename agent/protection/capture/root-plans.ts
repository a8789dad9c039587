import { createHash } from 'node:crypto';
import type { SnapshotGit, SnapshotRoot } from '../../repository/record';
import { gitStateRoots } from '../../worktrees/git-state';
import { headOf } from '../../worktrees/head';
import type { Source } from '../source';
import type { RootFilter } from './capture-rules';

/** The user's rules for what a snapshot holds. */
export interface CaptureLimits {
  readonly patterns: readonly string[];
  readonly maxFileBytes: number;
}

/** A tree that a capture of a source takes. */
export interface RootPlan {
  readonly name: SnapshotRoot['name'];
  readonly root: string;
  readonly filter: RootFilter;
}

/** The trees of a source, git's own state first: refs that are seen point to objects that exist by then. */
export function rootPlans(source: Source, limits: CaptureLimits): RootPlan[] {
  if (source.kind === 'repository')
    return [{ name: 'files', root: source.path, filter: { kind: 'repository' } }];
  const files: RootPlan = {
    name: 'files',
    root: source.path,
    filter: { kind: 'files', ...limits },
  };
  if (source.kind === 'files')
    return [{ name: 'files', root: source.path, filter: { kind: 'set', only: source.files } }];
  if (source.kind !== 'worktree') return [files];
  const { worktree } = source;
  const git = gitStateRoots(worktree).map(({ name, root }): RootPlan => {
    const kind = name === 'worktree' ? 'git-worktree' : 'git-common';
    return { name: kind, root, filter: { kind, worktree } };
  });
  return [...git, files];
}

/** Under what the catalog remembers the folders of a root: 16 hexadecimal digits. */
export function memoryKey(source: Pick<Source, 'id'>, root: SnapshotRoot['name']): string {
  if (root === 'files') return source.id;
  return createHash('sha256').update(`${source.id}\0${root}`).digest('hex').slice(0, 16);
}

/** The keys under which the catalog remembers what a source's folders looked like. */
export function memoryKeys(source: Pick<Source, 'id'>): string[] {
  return (['files', 'git-worktree', 'git-common'] as const).map((root) => memoryKey(source, root));
}

/** What git says of a worktree beside its files. */
export async function gitFacts(source: Source): Promise<SnapshotGit | null> {
  if (source.kind !== 'worktree') return null;
  const { commonDir, gitDir, role } = source.worktree;
  const head = await headOf({ gitDir, commonDir });
  return {
    commonDir,
    gitDir,
    role,
    branch: head.kind === 'branch' ? head.ref : null,
    head: head.kind === 'unreadable' ? null : head.commit,
  };
}
