import type { JournalRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { stashesIn, type Stash } from '../restore/stash';

type Recorded = Pick<SnapshotRecord | JournalRecord, 'roots'>;

/** Stashes that a state has and another one has not. */
export async function lostStashes(
  repository: Repository,
  before: Recorded,
  after: Recorded,
): Promise<Stash[]> {
  const [was, is] = [before, after].map(
    ({ roots }) => roots.find(({ name }) => name === 'git-common') ?? null,
  );
  if (was == null || was.tree === is?.tree) return [];
  const read = repository.read.bind(repository);
  const left = new Set((await stashesIn(read, is ?? null)).map(({ commit }) => commit));
  return (await stashesIn(read, was)).filter(({ commit }) => !left.has(commit));
}

/** Files that a stash has changed or holds as untracked; none where git cannot tell any more. */
export async function filesOfStash(git: Git, gitDir: string, commit: string): Promise<string[]> {
  const changed = ['diff', '--name-only', '-z', `${commit}^1`, commit];
  const untracked = ['ls-tree', '-r', '--name-only', '-z', `${commit}^3`];
  const found: string[] = [];
  for (const args of [changed, untracked])
    try {
      const { stdout, code } = await git.run({ gitDir, args, okCodes: [0, 128] });
      if (code === 0) found.push(...decodeName(stdout).split('\0').filter(Boolean));
    } catch (error) {
      if (!(error instanceof BulwarkError)) throw error;
    }
  return found;
}
