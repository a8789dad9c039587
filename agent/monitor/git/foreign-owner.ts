import { join } from 'node:path';
import { displayName } from '../../support/names';
import { isRefusedForOwner, trustCommand } from '../../worktrees/discovery';
import type { Detector, DetectorContext } from './detector';
import { statOf } from './read-file';

/**
 * A worktree that another user owns, so that git refuses it (fault 21). Git is asked only where the
 * owner is another one, for it may have been told to trust the folder.
 */
export function foreignOwner(
  { git }: DetectorContext,
  user = process.geteuid?.() ?? null,
): Detector {
  return {
    faults: ['git.owner-foreign'],
    scope: 'worktree',
    detect: async (place) => {
      if (user === null) return [];
      const looked = await Promise.all(
        [place.path, join(place.path, '.git'), place.gitDir].map(statOf),
      );
      const foreign = looked.find((found) => found !== null && Number(found.uid) !== user);
      if (foreign == null || !(await isRefusedForOwner(git, place))) return [];
      const folder = displayName(place.path);
      return [
        {
          fault: 'git.owner-foreign',
          part: place.path,
          message: `Git refuses ${folder}, because user ${String(foreign.uid)} owns it. If you trust it: ${trustCommand(folder)}`,
          details: { path: place.path, owner: Number(foreign.uid), command: trustCommand(folder) },
        },
      ];
    },
  };
}
