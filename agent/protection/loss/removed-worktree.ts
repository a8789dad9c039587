import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { kindOf } from '../../worktrees/git-files';
import { splitNul } from '../../worktrees/worktree-list';
import type { Worktree } from '../../worktrees/worktree';
import { diffTrees } from '../restore/diff';
import { rootOf } from '../restore/snapshot-parts';
import { buildOutput } from './build-output';
import { keptByGit } from './kept-by-git';
import type { SeenClean } from './loss-watch';
import { stateAt } from './state-before';

interface Context {
  readonly git: Git;
  readonly repository: Repository;
}

export interface RemovedWorktree {
  readonly worktree: Worktree;
  /** Its state before it went. */
  readonly record: SnapshotRecord;
  /** When git last called it clean; null for one that came and went too fast. */
  readonly clean: SeenClean | null;
  /** A folder of the same repository, in which git is asked. */
  readonly sibling: string;
}

/**
 * Whether git itself removed a worktree (its registration went with the folder) and nothing is lost
 * with it: its commits are on some ref, and what git did not have of it a tool makes again. Whenever
 * git has no answer the worktree counts as lost.
 */
export async function isRemovedWithoutLoss(
  context: Context,
  removed: RemovedWorktree,
): Promise<boolean> {
  const { worktree, record, clean, sibling } = removed;
  const { git } = context;
  if (worktree.role !== 'linked') return false;
  if ((await kindOf(worktree.gitDir).catch(() => null)) !== null) return false;
  try {
    const known = new Set([clean?.head ?? null, record.git?.head ?? null]);
    const commits = [...known].filter((commit) => commit !== null);
    for (const commit of commits) if (!(await isOnSomeRef(git, sibling, commit))) return false;
    const tip = await tipOf(git, sibling, record.git?.branch ?? null);
    const others = await notInGit(context, removed, [
      ...new Set([...commits, ...(tip === null ? [] : [tip])]),
    ]);
    const output = await buildOutput(git, sibling, others);
    return others.every((path) => output.has(path));
  } catch (error) {
    if (error instanceof BulwarkError) return false;
    throw error;
  }
}

/** Files of the state that are in none of these commits with the bytes that they had. */
async function notInGit(
  context: Context,
  { record, clean, sibling }: RemovedWorktree,
  commits: readonly string[],
): Promise<readonly string[]> {
  const { git, repository } = context;
  const before =
    clean === null ? null : await stateAt(repository, record.source.id, clean.sequence);
  // All that is as it was then is as in the commit, or git does not know of it.
  const changed = new Set(await filesOf(repository, record, before));
  const kept = new Set<string>();
  for (const commit of commits)
    for (const path of await keptByGit(context, sibling, record, [...changed], commit))
      kept.add(path);
  const committed = clean === null ? kept : await pathsOf(git, sibling, clean.head);
  const all = await filesOf(repository, record, null);
  return all.filter((path) => !(changed.has(path) ? kept : committed).has(path));
}

/** The commit that a branch is at now: the last commits before the end may not have been seen. */
async function tipOf(git: Git, cwd: string, branch: string | null): Promise<string | null> {
  if (branch === null) return null;
  const args = ['rev-parse', '--verify', '--quiet', `${branch}^{commit}`];
  const { stdout } = await git.run({ cwd, args, okCodes: [0, 1] });
  const commit = stdout.toString('latin1').trim();
  return commit === '' ? null : commit;
}

async function isOnSomeRef(git: Git, cwd: string, commit: string): Promise<boolean> {
  const refs = ['refs/heads', 'refs/remotes', 'refs/tags'];
  const args = ['for-each-ref', '--count=1', `--contains=${commit}`, ...refs];
  const { stdout } = await git.run({ cwd, args });
  return stdout.length > 0;
}

async function pathsOf(git: Git, cwd: string, commit: string): Promise<ReadonlySet<string>> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', '--name-only', commit];
  const { stdout } = await git.run({ cwd, args });
  return new Set(splitNul(stdout).map(decodeName));
}

/** The files of a state that another one does not have with the same content. */
async function filesOf(
  repository: Repository,
  record: SnapshotRecord,
  other: SnapshotRecord | null,
): Promise<string[]> {
  const read = repository.read.bind(repository);
  const before = other === null ? null : rootOf(other, 'files');
  const paths: string[] = [];
  for await (const step of diffTrees(read, before, rootOf(record, 'files'))) {
    const kind = step.kind === 'changed' ? step.to?.entry.kind : undefined;
    if (kind === 'file' || kind === 'link') paths.push(step.path);
  }
  return paths;
}
