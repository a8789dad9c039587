import type { ClassicLevel } from 'classic-level';
import { factKey, packKeyOf, PREFIX, writtenKey } from './catalog-keys';
import { rangeOf } from './catalog-records';
import type { PackEntry } from './pack-entry';
import { tombstoneRecord, type TombstoneRecord } from '../record';

type Database = ClassicLevel<Buffer, Buffer>;

const NOTHING = Buffer.alloc(0);
const AT_ONCE = 1000;

/** What the index needs of its catalog. */
interface GarbageHost {
  pack(ordinal: number): PackEntry | null;
  knows(packId: string): boolean;
  /** Runs `fn` while no batch is written. */
  exclusively<T>(fn: () => Promise<T>): Promise<T>;
  packGone(entry: PackEntry): void;
}

/**
 * What the catalog knows of snapshots and packs that were given up.
 *
 * Keys: `f`+snapshot id → it is forgotten; `w`+snapshot id+ordinal → its record lies in that pack;
 * `g`+pack id → tombstone record; `d`+pack id → its deletion has begun.
 */
export class GarbageIndex {
  readonly #db: Database;
  readonly #host: GarbageHost;
  readonly #tombstones = new Map<string, TombstoneRecord>();

  constructor(db: Database, host: GarbageHost) {
    this.#db = db;
    this.#host = host;
  }

  async load(): Promise<void> {
    this.#tombstones.clear();
    for await (const value of this.#db.values(rangeOf(PREFIX.givenUp))) {
      const record = tombstoneRecord.parse(JSON.parse(value.toString('utf8')));
      this.#tombstones.set(record.pack, record);
    }
  }

  /** Packs that were given up and are still there, by id. */
  get tombstones(): ReadonlyMap<string, TombstoneRecord> {
    return this.#tombstones;
  }

  gaveUp(tombstones: readonly TombstoneRecord[]): void {
    for (const record of tombstones) this.#tombstones.set(record.pack, record);
  }

  /** Whether nothing new may rely on this pack. @param ordinal the catalog's number for it */
  isGivenUp(ordinal: number): boolean {
    if (this.#tombstones.size === 0) return false;
    const entry = this.#host.pack(ordinal);
    return entry !== null && this.#tombstones.has(entry.id);
  }

  /** Whether the catalog knows no pack of this id, or not any more. */
  isPackGone(pack: string): boolean {
    return !this.#host.knows(pack);
  }

  isForgotten(snapshot: string): boolean {
    return this.#db.getSync(factKey(PREFIX.forgotten, snapshot)) !== undefined;
  }

  /**
   * Calls `visit` for every blob of the catalog, a thousand between two looks at anything else.
   * @param visit gets the key, in which the binary id begins at 1, the pack (null: unknown to the
   *   catalog) and the blob's length, bytes
   */
  async scan(visit: (key: Buffer, pack: PackEntry | null, length: number) => void): Promise<void> {
    const entries = this.#db.iterator(rangeOf(PREFIX.blob));
    try {
      for (;;) {
        const items = await entries.nextv(AT_ONCE);
        if (items.length === 0) return;
        for (const [key, value] of items)
          visit(key, this.#host.pack(value.readUInt32LE(0)), value.readUInt32LE(16));
      }
    } finally {
      await entries.close();
    }
  }

  /**
   * Takes packs out of the catalog, with every blob that is still found in them. A crash on the way
   * leaves them marked, for {@link doomed} to tell. It is on the disk before anything is deleted: a
   * catalog of before would look for their blobs, and for snapshots that were given up since, when
   * no pack tells of that any more.
   */
  async dropPacks(packs: readonly PackEntry[]): Promise<void> {
    const doomed = this.#db.batch();
    for (const { id } of packs) doomed.put(factKey(PREFIX.doomed, id), NOTHING);
    await this.#host.exclusively(() => doomed.write());
    const ordinals = new Set(packs.map(({ ordinal }) => ordinal));
    const entries = this.#db.iterator(rangeOf(PREFIX.blob));
    try {
      for (;;) {
        const items = await entries.nextv(AT_ONCE);
        if (items.length === 0) break;
        const inThem = items.filter(([, value]) => ordinals.has(value.readUInt32LE(0)));
        if (inThem.length > 0)
          await this.#deleteStillIn(
            inThem.map(([key]) => key),
            ordinals,
          );
      }
    } finally {
      await entries.close();
    }
    const gone = this.#db.batch();
    for (const { id, ordinal } of packs) {
      gone.del(packKeyOf(ordinal));
      gone.del(factKey(PREFIX.givenUp, id));
    }
    await this.#host.exclusively(() => gone.write({ sync: true }));
    for (const entry of packs) {
      this.#host.packGone(entry);
      this.#tombstones.delete(entry.id);
    }
  }

  /** Packs of which the deletion was begun and not ended. */
  async doomed(): Promise<string[]> {
    const keys = await this.#db.keys(rangeOf(PREFIX.doomed)).all();
    return keys.map((key) => key.toString('hex', 1));
  }

  /** The files of these packs are gone for good. */
  async deleted(packs: readonly string[]): Promise<void> {
    const batch = this.#db.batch();
    for (const id of packs) {
      batch.del(factKey(PREFIX.doomed, id));
      batch.del(factKey(PREFIX.givenUp, id));
    }
    await this.#host.exclusively(() => batch.write());
    for (const id of packs) this.#tombstones.delete(id);
  }

  /** Lets go of the memory of forgotten snapshots whose records lie in no pack any more. */
  async forgetVanished(): Promise<void> {
    const batch = this.#db.batch();
    for await (const key of this.#db.keys(rangeOf(PREFIX.forgotten))) {
      const id = key.toString('hex', 1);
      const range = { gte: writtenKey(id, 0), lte: writtenKey(id, 0xffffffff) };
      const written = await this.#db.keys(range).all();
      if (written.some((item) => this.#host.pack(item.readUInt32BE(17)) !== null)) continue;
      for (const item of written) batch.del(item);
      batch.del(key);
    }
    await this.#host.exclusively(() => batch.write());
  }

  /** Keys under which the scanner remembers folders, 16 digits each. */
  async memoryKeys(): Promise<string[]> {
    const found: string[] = [];
    const end = Buffer.from([PREFIX.folder + 1]);
    let from = Buffer.from([PREFIX.folder]);
    for (;;) {
      const [key] = await this.#db.keys({ gte: from, lt: end, limit: 1 }).all();
      if (key === undefined) return found;
      found.push(key.toString('latin1', 1, 17));
      from = Buffer.concat([key.subarray(0, 17), Buffer.from([0xff])]);
    }
  }

  /** A blob may have come to lie elsewhere since it was looked at: then its entry stays. */
  #deleteStillIn(keys: readonly Buffer[], ordinals: ReadonlySet<number>): Promise<void> {
    return this.#host.exclusively(async () => {
      const batch = this.#db.batch();
      for (const key of keys) {
        const value = this.#db.getSync(key);
        if (value !== undefined && ordinals.has(value.readUInt32LE(0))) batch.del(key);
      }
      await batch.write();
    });
  }
}
