import type { JournalRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { findEntry } from '../restore/diff';
import { statesOf } from './states';

/**
 * Whether a journal record tells of a path or of something below it. Where not all changes are
 * listed, the path is compared with the state before.
 * @param path in the source's files, not empty
 */
export async function touches(
  repository: Repository,
  record: JournalRecord,
  path: string,
): Promise<boolean> {
  const { counts, changes } = record;
  for (const change of changes) {
    if (change.change === 'git') continue;
    for (const place of change.from === undefined ? [change.path] : [change.path, change.from])
      if (place === path || place.startsWith(`${path}/`) || path.startsWith(`${place}/`))
        return true;
  }
  const { created, written, deleted, renamed, other } = counts;
  const listed = changes.reduce((sum, { files = 1 }) => sum + files, 0);
  if (listed >= created + written + deleted + renamed + other) return false;
  return differsFromBefore(repository, record, path);
}

async function differsFromBefore(
  repository: Repository,
  record: JournalRecord,
  path: string,
): Promise<boolean> {
  for await (const before of statesOf(repository.catalog, record.source.id, record.sequence)) {
    const read = repository.read.bind(repository);
    const [was, is] = await Promise.all(
      [before.record, record].map(async ({ roots }) => {
        const files = roots.find(({ name }) => name === 'files');
        const found = files === undefined ? null : await findEntry(read, files, path);
        return JSON.stringify(found?.entry ?? null);
      }),
    );
    return was !== is;
  }
  return false;
}
