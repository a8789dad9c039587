import { basename, join } from 'node:path';
import type { GitFault, GitPlace } from '../../../monitor/git/detector';
import { displayName } from '../../../support/names';
import type { Git } from '../../../worktrees/git';
import { kindOf } from '../../../worktrees/git-files';
import { headOf } from '../../../worktrees/head';
import { inProgress } from '../../../worktrees/status';
import { gitRemedy, type RemedyMaker } from '../git-remedy';

/** Commits of a detached HEAD that no branch, tag or remote has (failure 13). */
export async function findStrayCommits(git: Git, place: GitPlace): Promise<GitFault[]> {
  const head = await headOf(place);
  // In the middle of a rebase or bisect that is how it is meant to be.
  if (head.kind !== 'detached' || (await inProgress(place.gitDir)) !== null) return [];
  const args = ['rev-list', '--count', 'HEAD', '--not', '--branches', '--tags', '--remotes'];
  const { path, commonDir } = place;
  const counted = await git.run({ cwd: path, lane: commonDir, args, okCodes: [0, 128] });
  const commits = Number(counted.stdout.toString('latin1').trim());
  if (counted.code !== 0 || commits === 0) return [];
  return [
    {
      fault: 'git.commits-nowhere-else',
      part: path,
      message: `${displayName(path)} is detached, and ${String(commits)} of its commits are on no branch`,
      details: { path, commits },
    },
  ];
}

/** A branch is made at the commit. HEAD stays where it is. */
export const strayCommits: RemedyMaker = async ({ place, git }) => {
  const head = await headOf(place);
  // Of a reftable only git knows what it would change.
  const reftable = (await kindOf(join(place.commonDir, 'reftable'))) !== null;
  if (head.kind !== 'detached' || reftable) return [];
  const { commit } = head;
  const folder = basename(place.path).replaceAll(/[^A-Za-z0-9_-]/g, '_');
  const name = await freeName(git, place.commonDir, `kept-${folder}-${commit.slice(0, 8)}`);
  const path = join(place.commonDir, 'refs', 'heads', name);
  return [
    gitRemedy({
      id: 'git.branch-for-commits',
      tier: 'approval',
      explain: `Make the branch ${name} at ${commit.slice(0, 10)}, so that removing ${displayName(place.path)} cannot lose its commits; nothing is checked out`,
      touches: [path],
      apply: (bench) => bench.put(path, Buffer.from(`${commit}\n`)),
    }),
  ];
};

async function freeName(git: Git, commonDir: string, wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${String(number)}`;
    const { code } = await git.run({
      gitDir: commonDir,
      lane: commonDir,
      args: ['rev-parse', '-q', '--verify', `refs/heads/${name}`],
      okCodes: [0, 1, 128],
    });
    if (code !== 0) return name;
  }
}
