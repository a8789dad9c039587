import { join } from 'node:path';
import { displayName } from '../../support/names';
import { dotGit, kindOf } from '../../worktrees/git-files';
import { faultOf } from '../../worktrees/discovery';
import type { Detector, GitFault, GitPlace } from './detector';
import { wasRemoved } from './removed';

/**
 * A worktree that does not lead to its git directory any more (faults 10 to 12). At once, because
 * inside another worktree git silently answers for the outer one.
 */
export function brokenLink(): Detector {
  return {
    faults: ['git.link-missing', 'git.link-elsewhere', 'git.admin-missing'],
    scope: 'worktree',
    detect: async (place) => {
      // A folder that is gone is told of by itself.
      if ((await kindOf(place.path).catch(() => null)) !== 'directory') return [];
      const fault = await faultOf(place);
      const path = join(place.path, '.git');
      switch (fault?.kind) {
        case 'git-file-missing':
          // With both gone it is no worktree any more: what git left of it is told as that.
          return (await wasRemoved(place)) ? [] : [missing(place, path)];
        case 'git-file-elsewhere':
          return [
            {
              fault: 'git.link-elsewhere',
              part: path,
              message: `${displayName(path)} leads to ${displayName(fault.target)} instead of ${displayName(place.gitDir)}`,
              details: { path, target: fault.target, expected: place.gitDir },
            },
          ];
        case 'git-dir-missing': {
          const link = await dotGit(place.path);
          const target = link?.kind === 'file' ? link.target : place.gitDir;
          return [
            {
              fault: 'git.admin-missing',
              part: path,
              message: `${displayName(target)}, the git directory of ${displayName(place.path)}, is gone`,
              details: { path, target },
            },
          ];
        }
        default:
          return [];
      }
    },
  };
}

function missing({ path: folder, gitDir }: GitPlace, path: string): GitFault {
  return {
    fault: 'git.link-missing',
    part: path,
    message: `${displayName(path)} is gone: git run in ${displayName(folder)} finds another repository, or none`,
    details: { path, expected: gitDir },
  };
}
