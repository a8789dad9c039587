import type { Catalog } from '../../repository/catalog/catalog';
import type { JournalRecord, SnapshotRecord } from '../../repository/record';

/** What the store has of a source. */
export interface RecordedState {
  readonly newest: SnapshotRecord | null;
  /** The newest of its snapshots and its journal. */
  readonly last: SnapshotRecord | JournalRecord | null;
}

/** Looks up what was last recorded of a source. */
export async function recordedState(catalog: Catalog, source: string): Promise<RecordedState> {
  const [newest = null] = await catalog.snapshots(source, { limit: 1 });
  let last: SnapshotRecord | JournalRecord | null = newest;
  for await (const record of catalog.journal.newestFirst(source, {
    after: newest?.sequence,
    limit: 1,
  })) {
    last = record;
    break;
  }
  return { newest, last };
}
