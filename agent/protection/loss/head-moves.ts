import type { SnapshotRecord } from '../../repository/record';
import { BulwarkError } from '../../support/errors';
import type { Git } from '../../worktrees/git';
import { headOf } from '../../worktrees/head';
import type { Source } from '../source';

/** Where a HEAD is. */
export type HeadPlace = Pick<NonNullable<SnapshotRecord['git']>, 'head' | 'branch'>;

/** So many moves of HEAD are looked back at: a loss is a matter of seconds. */
const LOOKED_BACK = 20;

/**
 * Whether HEAD came from `then` to where it is by nothing but `reset` and `checkout` (or `switch`),
 * which can throw away what was not committed. Whatever makes commits keeps its hands off changed
 * files, and what it commits may itself be a newer version of them.
 * @param then the commit that HEAD was at
 */
export async function movedWithoutCommit(
  git: Git,
  worktree: string,
  then: string,
): Promise<boolean> {
  const format = ['--format=%H %gs', `--max-count=${String(LOOKED_BACK)}`];
  try {
    const { stdout } = await git.run({ cwd: worktree, args: ['log', '-g', ...format, 'HEAD'] });
    for (const line of stdout.toString('utf8').split('\n')) {
      const at = line.indexOf(' ');
      if (line.slice(0, at) === then) return true;
      if (!/^(?:reset|checkout): /.test(line.slice(at + 1))) return false;
    }
    return false;
  } catch (error) {
    if (error instanceof BulwarkError) return false;
    throw error;
  }
}

/** Where HEAD is now: a busy machine may not have captured yet that it moved. */
export async function headNow(source: Source): Promise<HeadPlace | null> {
  if (source.kind !== 'worktree') return null;
  const head = await headOf(source.worktree);
  if (head.kind === 'unreadable') return null;
  return { head: head.commit, branch: head.kind === 'branch' ? head.ref : null };
}

/** Whether HEAD was at another commit or branch in a state. */
export function isElsewhere({ git }: SnapshotRecord, now: HeadPlace | null): boolean {
  return git !== null && now !== null && (git.head !== now.head || git.branch !== now.branch);
}
