import { lookAt } from '../../workbench/durable-files';
import { displayName } from '../../../support/names';
import { gitRemedy, type RemedyMaker } from '../git-remedy';

/**
 * Failure 17: what `git worktree remove` left of a folder goes to quarantine, when the worktree's state
 * is in a backup. Whoever still writes there makes it appear again, and then all is put back.
 */
export const leftFolder: RemedyMaker = async ({ finding, backups }) => {
  const path = finding.part;
  // Never across a link: what it leads to is not what was left.
  if ((await lookAt(path))?.isDirectory() !== true) return [];
  let kept = false;
  for await (const _ of backups.states(path)) {
    kept = true;
    break;
  }
  if (!kept) return [];
  return [
    gitRemedy({
      id: 'git.left-folder-aside',
      tier: 'approval',
      explain: `Move what is left of ${displayName(path)} to quarantine; snapshots of the worktree stay`,
      touches: [path],
      apply: async (bench) => {
        await bench.setAside(path);
      },
    }),
  ];
};
