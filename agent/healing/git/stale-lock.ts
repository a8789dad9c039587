import { displayName } from '../../support/names';
import { gitRemedy, type RemedyMaker } from './git-remedy';

/** Failures 1 and 2: the lock goes to quarantine. Without a look at all processes a person decides. */
export const staleLock: RemedyMaker = ({ finding }) => {
  const path = finding.part;
  return Promise.resolve([
    gitRemedy({
      id: 'git.lock-aside',
      tier: finding.details['processesKnown'] === true ? 'after-snapshot' : 'approval',
      explain: `Move ${displayName(path)} to quarantine: no git process works there, and git refuses to work while it is there`,
      touches: [path],
      apply: async (bench) => {
        await bench.setAside(path);
      },
    }),
  ]);
};
