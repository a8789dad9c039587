import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import { splitNul } from '../../worktrees/worktree-list';
import type { GitAnswers } from './asked-once';
import { blobsOf, keptByGit, portions } from './kept-by-git';

/**
 * Which of these files of a state git itself has taken away and keeps as they were: by `git rm` (the
 * index does not have them, HEAD does), or by a switch (HEAD does not have them, one that it was at
 * does; a state that was captured in the middle of a switch has the files of before and the HEAD of
 * after it). What only disappeared from the disk is not among them.
 */
export async function removedByGit(
  context: { git: GitAnswers; repository: Repository },
  worktree: string,
  record: SnapshotRecord,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const staged = await stagedRemovals(context.git, worktree);
  for (const some of portions(paths)) {
    const there = await blobsOf(context.git, worktree, 'HEAD', some);
    const removed = some.filter((path) => staged.has(path) || !there.has(path));
    for (const path of await keptByGit(context, worktree, record, removed, 'HEAD')) kept.add(path);
  }
  return kept;
}

/** Those of these files that the HEAD of a worktree has. */
export async function inHead(
  git: GitAnswers,
  worktree: string,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const some of portions(paths))
    for (const path of (await blobsOf(git, worktree, 'HEAD', some)).keys()) found.add(path);
  return found;
}

async function stagedRemovals(git: GitAnswers, cwd: string): Promise<ReadonlySet<string>> {
  const args = ['diff', '--cached', '--no-renames', '--diff-filter=D', '--name-only', '-z', 'HEAD'];
  try {
    const { stdout } = await git.run({ cwd, args });
    return new Set(splitNul(stdout).map(decodeName));
  } catch (error) {
    // A branch without a commit: then git has nothing.
    if (error instanceof BulwarkError) return new Set();
    throw error;
  }
}
