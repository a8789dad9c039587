import type { JournalRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { portions, sameIn } from './kept-by-git';
import { stashedNow, stashesIn, type Stash } from '../restore/stash';

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

/** Whether git's own files changed in a way in which a stash may have gone. */
export function isOfStash({ changes }: JournalRecord): boolean {
  return changes.some(
    ({ change, path }) => change === 'git' && (path === 'refs/stash' || path === 'packed-refs'),
  );
}

/**
 * Which of these files of a state the newest stash has with the same bytes. Files and refs are captured
 * one after the other: no state needs to have the files without the stash, or the stash without them.
 */
export async function putAside(
  context: { git: Git; repository: Repository },
  { path: worktree, commonDir }: { path: string; commonDir: string },
  record: SnapshotRecord,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const newest = await newestStash(context.git, commonDir);
  if (newest === null) return kept;
  const commits = [newest, `${newest}^3`];
  for (const some of portions(paths))
    for (const path of await sameIn(context, worktree, record, some, commits)) kept.add(path);
  return kept;
}

/** Its commit; null where there is none, or git does not answer. */
async function newestStash(git: Git, commonDir: string): Promise<string | null> {
  try {
    return (await stashedNow(git, commonDir))[0] ?? null;
  } catch (error) {
    if (error instanceof BulwarkError) return null;
    throw error;
  }
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
