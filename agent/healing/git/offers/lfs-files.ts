import { join } from 'node:path';
import { lfsPointersIn } from '../../../monitor/git/lfs-pointers';
import { displayName } from '../../../support/names';
import { gitRemedy, type RemedyMaker } from '../git-remedy';

/** As long as fetching may take, ms. */
const TIMEOUT_MS = 20 * 60_000;

/** Failure 23: pointers become files by `git lfs pull`, where that program is installed. */
export const lfsFiles: RemedyMaker = async ({ place, git }) => {
  const { path: cwd, commonDir, gitDir } = place;
  const call = { cwd, lane: commonDir };
  const version = await git.run({ ...call, args: ['lfs', 'version'], okCodes: [0, 1, 128] });
  if (version.code !== 0) return [];
  const files = (await lfsPointersIn(place)).map((name) => join(cwd, name));
  if (files.length === 0) return [];
  return [
    {
      ...gitRemedy({
        id: 'git.lfs-pull',
        tier: 'approval',
        explain: `Run git lfs pull in ${displayName(cwd)}: ${String(files.length)} pointers become the files that they stand for`,
        touches: files,
        apply: async (bench) => {
          const changes = [...files, join(gitDir, 'index')];
          // It asks the remote, which nothing else here does: a person has said yes to that.
          const env = { GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh' };
          const args = ['lfs', 'pull'];
          await bench.git({ ...call, args, env, timeoutMs: TIMEOUT_MS }, changes);
        },
      }),
      timeoutMs: TIMEOUT_MS,
    },
  ];
};
