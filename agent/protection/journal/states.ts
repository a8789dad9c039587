import type { Catalog } from '../../repository/catalog/catalog';
import { momentOf, type JournalRecord, type SnapshotRecord } from '../../repository/record';

/** A state that a source was in, as the store has it. */
export interface State {
  readonly record: SnapshotRecord;
  /** The journal's record where it is one of the journal. */
  readonly journal: JournalRecord | null;
}

const PAGE = 32;

/**
 * The states of a source, newest first: its snapshots and its journal in one order, that of their
 * sequence. The clock has no say in it.
 * @param before only states with a lower sequence
 */
export async function* statesOf(
  catalog: Catalog,
  source: string,
  before = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<State> {
  const journal = catalog.journal.newestFirst(source, { before });
  try {
    let moment = await journal.next();
    for await (const record of snapshotsOf(catalog, source, before)) {
      while (moment.done !== true && moment.value.sequence > record.sequence) {
        yield { record: momentOf(moment.value), journal: moment.value };
        moment = await journal.next();
      }
      yield { record, journal: null };
    }
    for (; moment.done !== true; moment = await journal.next())
      yield { record: momentOf(moment.value), journal: moment.value };
  } finally {
    await journal.return(undefined);
  }
}

async function* snapshotsOf(
  catalog: Catalog,
  source: string,
  before: number,
): AsyncGenerator<SnapshotRecord> {
  for (let last = before; ;) {
    const page = await catalog.snapshots(source, { before: last, limit: PAGE });
    yield* page;
    const end = page.at(-1);
    if (end === undefined) return;
    last = end.sequence;
  }
}
