import { join, relative, resolve, sep } from 'node:path';
import { statOf } from '../../monitor/git/read-file';
import { displayName } from '../../support/names';
import { dotGit } from '../../worktrees/git-files';
import { gitRemedy, type GitCase, type RemedyMaker } from './git-remedy';

/** Failure 16: `core.worktree` of a submodule is computed again, from the folder that leads to it. */
export const lostSubmodule: RemedyMaker = async (one) => {
  const folder = one.finding.part;
  const target = await worktreeOf(one, folder);
  if (target === null) return [];
  const path = join(folder, 'config');
  const named = relative(folder, target).split(sep).join('/');
  return [
    gitRemedy({
      id: 'git.submodule-repair',
      tier: 'automatic',
      explain: `Set core.worktree of the submodule in ${displayName(folder)} to ${displayName(named)}, whose .git leads there`,
      touches: [path],
      apply: async (bench) => {
        // Not from there: git goes to the worktree that the damaged file names before all else.
        const args = ['config', '--file', path, 'core.worktree', named];
        const { commonDir } = one.place;
        await bench.git({ gitDir: commonDir, lane: commonDir, args }, [path]);
      },
    }),
  ];
};

/** The folder whose `.git` leads to a submodule's git directory. */
async function worktreeOf({ place, places, git }: GitCase, folder: string): Promise<string | null> {
  const name = relative(join(place.commonDir, 'modules'), folder).replaceAll('/modules/', '/');
  for (const { path } of places) {
    const config = join(path, '.gitmodules');
    const configured =
      (await statOf(config)) === null
        ? null
        : await git.run({
            gitDir: place.commonDir,
            args: ['config', '--file', config, '--get', `submodule.${name}.path`],
            okCodes: [0, 1, 128],
          });
    const said = configured?.code === 0 ? configured.stdout.toString('utf8').trim() : '';
    for (const candidate of [name, said].filter((text) => text !== '')) {
      const at = join(path, candidate);
      const link = await dotGit(at);
      if (link?.kind === 'file' && resolve(link.target) === folder) return at;
    }
  }
  return null;
}
