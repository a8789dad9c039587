import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { splitNul } from '../../worktrees/worktree-list';
import { COMPARED, keptByGit } from './kept-by-git';

/** So many files are compared; of what is removed beyond that nobody can tell. */
const MOST = 10 * COMPARED;

/**
 * Which of these files of a state git was asked to remove (`git rm`) and has in HEAD as they were:
 * the index does not have them any more. What only disappeared from the disk is not among them.
 */
export async function removedByGit(
  context: { git: Git; repository: Repository },
  worktree: string,
  record: SnapshotRecord,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const staged = await stagedRemovals(context.git, worktree);
  const asked = paths.filter((path) => staged.has(path)).slice(0, MOST);
  for (let at = 0; at < asked.length; at += COMPARED) {
    const some = asked.slice(at, at + COMPARED);
    for (const path of await keptByGit(context, worktree, record, some, 'HEAD')) kept.add(path);
  }
  return kept;
}

async function stagedRemovals(git: Git, cwd: string): Promise<ReadonlySet<string>> {
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
