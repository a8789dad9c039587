import { join } from 'node:path';
import { displayName } from '../../../support/names';
import { gitRemedy, type RemedyMaker } from '../git-remedy';

/** Failure 18: git is told to do without its daemon, with which it only is quicker. */
export const deadFsmonitor: RemedyMaker = ({ place }) => {
  const { commonDir } = place;
  const path = join(commonDir, 'config');
  return Promise.resolve([
    gitRemedy({
      id: 'git.fsmonitor-off',
      tier: 'approval',
      explain: `Set core.fsmonitor to false in ${displayName(path)}: git works without its monitor, in large worktrees more slowly`,
      touches: [path],
      apply: async (bench) => {
        const args = ['config', '--file', 'config', 'core.fsmonitor', 'false'];
        await bench.git({ gitDir: commonDir, lane: commonDir, args }, [path]);
      },
    }),
  ]);
};
