import type { ClassicLevel } from 'classic-level';
import { journalKey, nameKey, operationKey, pinKey, PREFIX, snapshotKey } from './catalog-keys';
import {
  snapshotRecord,
  type SnapshotRecord,
  operationRecord,
  pinRecord,
  type OperationRecord,
  type PinRecord,
  type StoreRecord,
} from './record';

type Database = ClassicLevel<Buffer, Buffer>;

/** What the catalog puts for a record, so that it is found again: keys and values. */
export function entriesOf(record: StoreRecord): [Buffer, Buffer][] {
  const value = Buffer.from(JSON.stringify(record), 'utf8');
  switch (record.type) {
    case 'operation':
      return [[operationKey(record.sequence), value]];
    case 'pin':
      return [[pinKey(record.sequence), value]];
    case 'journal':
    case 'snapshot': {
      const keyOf = record.type === 'journal' ? journalKey : snapshotKey;
      const key = keyOf(record.source.id, record.sequence);
      return [
        [key, value],
        [nameKey(record.id), key],
      ];
    }
  }
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

/** The highest sequence among the records whose keys begin with `prefix` and end with it; 0 for none. */
export async function lastSequence(db: Database, prefix: number): Promise<number> {
  const [key] = await db.keys({ ...rangeOf(prefix), reverse: true, limit: 1 }).all();
  return key === undefined ? 0 : Number(key.readBigUInt64BE(key.length - 8));
}

function rangeOf(prefix: number): { gte: Buffer; lt: Buffer } {
  return { gte: Buffer.from([prefix]), lt: Buffer.from([prefix + 1]) };
}
