import type { ClassicLevel } from 'classic-level';
import { journalKey, nameKey, PREFIX } from './catalog-keys';
import { journalRecord, momentOf, type JournalRecord, type SnapshotRecord } from '../record';

type Database = ClassicLevel<Buffer, Buffer>;

/** Which records of a source's journal are asked for. */
export interface JournalRange {
  /** Only those with a higher sequence. */
  readonly after?: number | undefined;
  /** Only those with a lower sequence. */
  readonly before?: number | undefined;
  readonly limit?: number;
}

const PAGE = 64;

/** The journal's records in the catalog: by source, each source's in the order of their sequence. */
export class JournalIndex {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Records of one source, newest first. */
  async *newestFirst(source: string, range: JournalRange = {}): AsyncGenerator<JournalRecord> {
    yield* this.#read({
      gt: journalKey(source, range.after ?? 0),
      lt: journalKey(source, range.before ?? Number.MAX_SAFE_INTEGER),
      reverse: true,
      limit: range.limit ?? -1,
    });
  }

  /** All records, source by source, oldest first. @param at only those that were seen before, ms */
  async *all(at = Number.POSITIVE_INFINITY): AsyncGenerator<JournalRecord> {
    const range = { gt: Buffer.from([PREFIX.journal]), lt: Buffer.from([PREFIX.journal + 1]) };
    for await (const record of this.#read({ ...range, reverse: false }))
      if (record.at < at) yield record;
  }

  async get(id: string): Promise<JournalRecord | null> {
    const key = await this.#db.get(nameKey(id));
    if (key?.[0] !== PREFIX.journal) return null;
    const value = await this.#db.get(key);
    return value === undefined ? null : parse(value);
  }

  /** A record in the shape of a snapshot. */
  async moment(id: string): Promise<SnapshotRecord | null> {
    const record = await this.get(id);
    return record === null ? null : momentOf(record);
  }

  /** The highest sequence of all records; 0 for none. Looks at one key a source. */
  async lastSequence(): Promise<number> {
    let last = 0;
    let below: Buffer = Buffer.from([PREFIX.journal + 1]);
    for (;;) {
      const range = { gt: Buffer.from([PREFIX.journal]), lt: below, reverse: true, limit: 1 };
      const [key] = await this.#db.keys(range).all();
      if (key === undefined) return last;
      last = Math.max(last, Number(key.readBigUInt64BE(17)));
      below = journalKey(key.toString('latin1', 1, 17), 0);
    }
  }

  async *#read(range: {
    gt: Buffer;
    lt: Buffer;
    reverse: boolean;
    limit?: number;
  }): AsyncGenerator<JournalRecord> {
    const values = this.#db.values(range);
    try {
      for (;;) {
        const page = await values.nextv(PAGE);
        if (page.length === 0) return;
        for (const value of page) yield parse(value);
      }
    } finally {
      await values.close();
    }
  }
}

function parse(value: Buffer): JournalRecord {
  return journalRecord.parse(JSON.parse(value.toString('utf8')));
}
