import type { JournalRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { stashesIn } from '../restore/stash';

type Recorded = Pick<SnapshotRecord | JournalRecord, 'roots'>;

/** Messages of the stashes that a state has and another one has not. */
export async function lostStashes(
  repository: Repository,
  before: Recorded,
  after: Recorded,
): Promise<string[]> {
  const [was, is] = [before, after].map(
    ({ roots }) => roots.find(({ name }) => name === 'git-common') ?? null,
  );
  if (was == null || was.tree === is?.tree) return [];
  const read = repository.read.bind(repository);
  const left = new Set((await stashesIn(read, is ?? null)).map(({ commit }) => commit));
  return (await stashesIn(read, was))
    .filter(({ commit }) => !left.has(commit))
    .map(({ message }) => message);
}
