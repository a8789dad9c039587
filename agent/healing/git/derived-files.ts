import { join } from 'node:path';
import { statOf } from '../../monitor/git/read-file';
import { displayName } from '../../support/names';
import { gitRemedy, type RemedyMaker } from './git-remedy';

/** What git makes from the objects, and works without. */
const DERIVED = ['info/commit-graph', 'info/commit-graphs', 'pack/multi-pack-index'];

/** Git cannot read a worktree, and no file says why: what is only derived goes to quarantine. */
export const derivedFiles: RemedyMaker = async ({ place }) => {
  const paths: string[] = [];
  for (const name of DERIVED) {
    const path = join(place.commonDir, 'objects', name);
    if ((await statOf(path)) !== null) paths.push(path);
  }
  if (paths.length === 0) return [];
  return [
    gitRemedy({
      id: 'git.derived-aside',
      tier: 'after-snapshot',
      explain: `Move ${paths.map(displayName).join(', ')} to quarantine: git makes them again from its objects`,
      touches: paths,
      apply: async (bench) => {
        for (const path of paths) await bench.setAside(path);
      },
    }),
  ];
};
