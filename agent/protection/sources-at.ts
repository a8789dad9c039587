import { discover } from '../worktrees/discovery';
import type { Git } from '../worktrees/git';
import { folderSource, repositorySource, worktreeSource, type Source } from './source';

/**
 * What there is to protect at a place: a repository with all its worktrees, or a folder.
 * @param folders places that are nothing but folders, whatever is in them
 */
export async function sourcesAt(
  git: Git,
  place: string,
  folders: ReadonlySet<string>,
): Promise<Source[]> {
  if (folders.has(place)) return [folderSource(place)];
  const discovery = await discover(git, place);
  if (discovery.kind === 'folder') return [folderSource(place)];
  return [
    repositorySource(discovery.commonDir),
    ...discovery.worktrees.filter(({ path }) => path !== '').map(worktreeSource),
  ];
}
