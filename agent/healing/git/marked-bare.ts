import { join } from 'node:path';
import { displayName } from '../../support/names';
import { gitRemedy, type RemedyMaker } from './git-remedy';

/** Failure 9: `core.bare` is set back to false where the main worktree has its files and its index. */
export const markedBare: RemedyMaker = ({ place }) => {
  const { commonDir } = place;
  const path = join(commonDir, 'config');
  return Promise.resolve([
    gitRemedy({
      id: 'git.bare-unset',
      tier: 'after-snapshot',
      explain: `Set core.bare to false in ${displayName(path)}: the repository has a worktree with an index`,
      touches: [path],
      apply: async (bench) => {
        const args = ['config', '--file', 'config', 'core.bare', 'false'];
        await bench.git({ gitDir: commonDir, lane: commonDir, args }, [path]);
      },
    }),
  ]);
};
