import type { ClassicLevel } from 'classic-level';
import {
  dataSourceKey,
  factKey,
  journalKey,
  nameKey,
  operationKey,
  pinKey,
  PREFIX,
  snapshotKey,
  writtenKey,
} from './catalog-keys';
import {
  dataSourceRecord,
  operationRecord,
  pinRecord,
  sameRecord,
  snapshotRecord,
  type DataSourceRecord,
  type JournalRecord,
  type OperationRecord,
  type PinRecord,
  type SnapshotRecord,
  type StoreRecord,
} from '../record';

type Database = ClassicLevel<Buffer, Buffer>;

const NOTHING = Buffer.alloc(0);

/** What one change of the catalog does for its records: puts, and deletions where the value is null. */
export class RecordEntries {
  readonly #lookup: (key: Buffer) => Buffer | undefined;
  /** What this change, not yet written, knows already. */
  readonly #forgotten = new Set<string>();
  readonly #states = new Map<string, Buffer>();

  /** @param lookup reads the catalog as it is before the change */
  constructor(lookup: (key: Buffer) => Buffer | undefined) {
    this.#lookup = lookup;
  }

  /** @param ordinal of the pack in which the record lies */
  of(record: StoreRecord, ordinal: number): [Buffer, Buffer | null][] {
    const value = Buffer.from(JSON.stringify(record), 'utf8');
    switch (record.type) {
      case 'operation':
        return [[operationKey(record.sequence), value]];
      case 'pin':
        return [[pinKey(record.sequence), value]];
      case 'data-source':
        return [[dataSourceKey(record.sequence), value]];
      case 'tombstone':
        return [[factKey(PREFIX.givenUp, record.pack), value]];
      case 'forget':
        return record.snapshots.flatMap((id) => this.#forget(id));
      case 'snapshot':
      case 'journal':
        return this.#state(record, value, ordinal);
    }
  }

  /** Packs are read in any order, so a state may come after the record that gave it up. */
  #state(
    record: SnapshotRecord | JournalRecord,
    value: Buffer,
    ordinal: number,
  ): [Buffer, Buffer | null][] {
    const written: [Buffer, Buffer] = [writtenKey(record.id, ordinal), NOTHING];
    const forgotten = factKey(PREFIX.forgotten, record.id);
    if (this.#forgotten.has(record.id) || this.#lookup(forgotten) !== undefined) return [written];
    const keyOf = record.type === 'journal' ? journalKey : snapshotKey;
    const key = keyOf(record.source.id, record.sequence);
    this.#states.set(record.id, key);
    return [written, [key, value], [nameKey(record.id), key]];
  }

  #forget(id: string): [Buffer, Buffer | null][] {
    this.#forgotten.add(id);
    const key = this.#states.get(id) ?? this.#lookup(nameKey(id));
    const forgotten: [Buffer, Buffer] = [factKey(PREFIX.forgotten, id), NOTHING];
    return key === undefined ? [forgotten] : [forgotten, [nameKey(id), null], [key, null]];
  }
}

/** What of given-up states and packs decides whether a record still has to be known. */
interface GivenUp {
  isForgotten(id: string): boolean;
  isPackGone(pack: string): boolean;
}

/** Whether the catalog has a record, and just as it is in a pack, or knows that it was given up. */
export async function hasRecord(
  db: Database,
  givenUp: GivenUp,
  record: StoreRecord,
): Promise<boolean> {
  switch (record.type) {
    case 'operation':
      return isAt(db, operationKey(record.sequence), record);
    case 'pin':
      return isAt(db, pinKey(record.sequence), record);
    case 'data-source':
      return isAt(db, dataSourceKey(record.sequence), record);
    case 'tombstone':
      return (
        givenUp.isPackGone(record.pack) ||
        (await isAt(db, factKey(PREFIX.givenUp, record.pack), record))
      );
    case 'forget': {
      const named = await Promise.all(record.snapshots.map((id) => db.get(nameKey(id))));
      return named.every((key) => key === undefined);
    }
    case 'snapshot':
    case 'journal': {
      if (givenUp.isForgotten(record.id)) return true;
      const keyOf = record.type === 'journal' ? journalKey : snapshotKey;
      const key = keyOf(record.source.id, record.sequence);
      if ((await db.get(nameKey(record.id)))?.equals(key) !== true) return false;
      return isAt(db, key, record);
    }
  }
}

async function isAt(db: Database, key: Buffer, record: StoreRecord): Promise<boolean> {
  const value = await db.get(key);
  return value !== undefined && sameRecord(value, record);
}

/** Snapshots of one source, newest first. @param before only those with a lower sequence */
export async function readSnapshots(
  db: Database,
  source: string,
  { before, limit }: { before?: number; limit: number },
): Promise<SnapshotRecord[]> {
  const gte = snapshotKey(source, 0);
  const lt = snapshotKey(source, before ?? Number.MAX_SAFE_INTEGER);
  const values = await db.values({ gte, lt, reverse: true, limit }).all();
  return values.map((value) => snapshotRecord.parse(JSON.parse(value.toString('utf8'))));
}

/** Operations, newest first. */
export async function readOperations(db: Database, limit: number): Promise<OperationRecord[]> {
  const range = { ...rangeOf(PREFIX.operation), reverse: true, limit };
  const values = await db.values(range).all();
  return values.map((value) => operationRecord.parse(JSON.parse(value.toString('utf8'))));
}

/** Pins that hold, by target: the newest record of each, where that pins it. */
export async function readPins(db: Database): Promise<Map<string, PinRecord>> {
  const pins = new Map<string, PinRecord>();
  for await (const value of db.values(rangeOf(PREFIX.pin))) {
    const record = pinRecord.parse(JSON.parse(value.toString('utf8')));
    if (record.pinned) pins.set(record.target, record);
    else pins.delete(record.target);
  }
  return pins;
}

/** The registered data sources: the newest record of each name, where that registers it. */
export async function readDataSources(db: Database): Promise<DataSourceRecord[]> {
  const sources = new Map<string, DataSourceRecord>();
  for await (const value of db.values(rangeOf(PREFIX.dataSource))) {
    const record = dataSourceRecord.parse(JSON.parse(value.toString('utf8')));
    if (record.registered) sources.set(record.name, record);
    else sources.delete(record.name);
  }
  return [...sources.values()];
}

/** The highest sequence among the records whose keys begin with `prefix` and end with it; 0 for none. */
export async function lastSequence(db: Database, prefix: number): Promise<number> {
  const [key] = await db.keys({ ...rangeOf(prefix), reverse: true, limit: 1 }).all();
  return key === undefined ? 0 : Number(key.readBigUInt64BE(key.length - 8));
}

export function rangeOf(prefix: number): { gte: Buffer; lt: Buffer } {
  return { gte: Buffer.from([prefix]), lt: Buffer.from([prefix + 1]) };
}
