import { kindOf } from '../../worktrees/git-files';
import type { GitPlace } from './detector';

/** Whether git itself has let go of a worktree (`git worktree remove`): that was asked for. */
export async function wasRemoved({ role, gitDir, commonDir }: GitPlace): Promise<boolean> {
  if (role === 'main') return false;
  const [own, common] = await Promise.all(
    [gitDir, commonDir].map((path) => kindOf(path).catch(() => 'other' as const)),
  );
  return own === null && common === 'directory';
}
