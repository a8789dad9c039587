import { ClassicLevel } from 'classic-level';
import { BulwarkError } from '../../support/errors';
import { Mutex } from '../../support/mutex';
import type { BlobId } from '../blob-id';
import { blobKey, folderKey, nameKey, pathOfKey, PREFIX, snapshotKey } from './catalog-keys';
import { CatalogChange } from './catalog-change';
import { GarbageIndex } from './catalog-garbage';
import { JournalIndex } from './catalog-journal';
import { openError } from './catalog-open-error';
import { isDiskFailure, requireWritable, writeError } from './catalog-write-error';
import {
  hasRecord,
  lastSequence,
  rangeOf,
  readDataSources,
  readOperations,
  readPins,
  readSnapshots,
} from './catalog-records';
import { LOCATION_BYTES, type Location } from './location';
import { decodePack, type PackEntry } from './pack-entry';
import {
  snapshotRecord,
  type DataSourceRecord,
  type OperationRecord,
  type PinRecord,
  type SnapshotRecord,
  type StoreRecord,
} from '../record';

type Database = ClassicLevel<Buffer, Buffer>;

const SEQUENCE_KEY = Buffer.from([PREFIX.sequence]);

/**
 * The LevelDB index over the packs. It holds nothing that the packs do not,
 * but for the scanner's memory of what files looked like, which costs only time to lose.
 *
 * Keys: `b`+id → location; `p`+ordinal → pack; `s`+source+sequence → snapshot record;
 * `n`+id → its `s` or `j` key; `o`+sequence → operation record; `t`+sequence → pin record;
 * `e`+sequence → data source record;
 * `j`+source+sequence → journal record; `c`+source+path → folder memory; `m` → the last sequence;
 * those of {@link GarbageIndex}.
 */
export class Catalog {
  readonly journal: JournalIndex;
  readonly #db: Database;
  readonly #path: string;
  readonly #packs = new Map<number, PackEntry>();
  readonly #ordinals = new Map<string, number>();
  #lastOrdinal = 0;
  #sequence = 0;
  #reserved = 0;
  /** Batches are written one after the other, so that what one of them has looked up still holds. */
  readonly #writing = new Mutex();
  /** LevelDB takes nothing more after a disk has failed it; what it has can be read. */
  #stuck = false;
  readonly garbage: GarbageIndex;
  /** Snapshots by source, as counted since the last write. */
  #counts = new Map<string, number>();

  private constructor(db: Database, path: string) {
    this.#db = db;
    this.#path = path;
    this.journal = new JournalIndex(db);
    this.garbage = new GarbageIndex(db, {
      pack: (ordinal) => this.#packs.get(ordinal) ?? null,
      knows: (packId) => this.pack(packId) !== null,
      exclusively: (fn) => this.#write(fn),
      packGone: (entry) => {
        this.#packs.delete(entry.ordinal);
        this.#ordinals.delete(entry.id);
      },
    });
  }

  /**
   * Opens or makes the catalog in `path`.
   * @throws BulwarkError `store-locked` when another process has it, `store-damaged` when
   *   LevelDB cannot read it: rebuild it from the packs
   */
  static async open(path: string): Promise<Catalog> {
    const db: Database = new ClassicLevel<Buffer, Buffer>(path, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      compression: false,
      cacheSize: 4 * 1024 * 1024,
      writeBufferSize: 4 * 1024 * 1024,
    });
    try {
      await db.open();
    } catch (error) {
      // A full disk is no damage.
      if (isDiskFailure(error)) await requireWritable(path);
      throw openError(error, path);
    }
    const catalog = new Catalog(db, path);
    try {
      await catalog.#load();
    } catch (error) {
      await db.close();
      throw new BulwarkError('store-damaged', `the catalog in ${path} is damaged`, {
        cause: error,
      });
    }
    return catalog;
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  /** Whether it has to be opened anew before anything more can be written: a disk was full. */
  get isStuck(): boolean {
    return this.#stuck;
  }

  /**
   * Opens it anew, and takes over what it really has: a write that failed may be there. Changes that
   * were begun before are void.
   * @throws BulwarkError `disk-full` while there is no room; then it can still be read
   */
  async reopen(): Promise<void> {
    await requireWritable(this.#path);
    await this.#writing.run(async () => {
      await this.#db.close();
      try {
        await this.#db.open();
      } catch (error) {
        throw openError(error, this.#path);
      }
      this.#packs.clear();
      this.#ordinals.clear();
      this.#counts = new Map();
      this.#lastOrdinal = 0;
      await this.#load();
      this.#stuck = false;
    });
  }

  /** The number of the newest record. */
  get sequence(): number {
    return this.#sequence;
  }

  /** A number for a new record: above all that are written or were given out, whoever commits first. */
  nextSequence(): number {
    this.#reserved = Math.max(this.#reserved, this.#sequence) + 1;
    return this.#reserved;
  }

  packs(): PackEntry[] {
    return [...this.#packs.values()];
  }

  pack(id: string): PackEntry | null {
    const ordinal = this.#ordinals.get(id);
    return ordinal === undefined ? null : (this.#packs.get(ordinal) ?? null);
  }

  /** Where a blob lies, or null when the store has none of that id. */
  locate(id: BlobId): Location | null {
    const value = this.#db.getSync(blobKey(Buffer.from(id, 'hex')));
    return value === undefined ? null : this.#location(value);
  }

  /** Whether the store has the blob with this binary id, in a pack that was not given up. */
  has(id: Uint8Array): boolean {
    const value = this.#db.getSync(blobKey(id));
    return value !== undefined && !this.garbage.isGivenUp(value.readUInt32LE(0));
  }

  /** As {@link locate}, but null also where the catalog names a pack that it does not know. */
  find(id: BlobId): Location | null {
    const value = this.#db.getSync(blobKey(Buffer.from(id, 'hex')));
    return value === undefined ? null : this.#known(value);
  }

  /** Every blob that the catalog knows, with its binary id, in order of the ids. */
  async *blobs(): AsyncGenerator<{ id: Buffer; location: Location | null }> {
    const range = { gte: Buffer.from([PREFIX.blob]), lt: Buffer.from([PREFIX.blob + 1]) };
    const entries = this.#db.iterator(range);
    try {
      for (;;) {
        const items = await entries.nextv(1000);
        if (items.length === 0) return;
        for (const [key, value] of items)
          yield { id: key.subarray(1), location: this.#known(value) };
      }
    } finally {
      await entries.close();
    }
  }

  /** Starts a set of changes that become visible together. */
  change(): CatalogChange {
    return new CatalogChange(this.#db.batch(), {
      ordinalOf: (packId) => this.#ordinalOf(packId),
      written: (packs, gone, tombstones) => {
        for (const id of gone) {
          this.#packs.delete(this.#ordinals.get(id) ?? 0);
          this.#ordinals.delete(id);
        }
        for (const entry of packs) {
          this.#packs.set(entry.ordinal, entry);
          this.#ordinals.set(entry.id, entry.ordinal);
        }
        this.garbage.gaveUp(tombstones);
      },
      packEntry: (packId) => this.pack(packId),
      lookup: (key) => this.#db.getSync(key),
      write: (batch, sequence) =>
        this.#write(() => {
          this.#sequence = Math.max(this.#sequence, sequence);
          batch.put(SEQUENCE_KEY, Buffer.from(String(this.#sequence), 'latin1'));
          return batch.write();
        }),
    });
  }

  /** Snapshots of one source, newest first. @param asked.before only those with a lower sequence */
  snapshots(source: string, asked: { before?: number; limit: number }): Promise<SnapshotRecord[]> {
    return readSnapshots(this.#db, source, asked);
  }

  /** All snapshots, in the order of their sources. */
  async *allSnapshots(): AsyncGenerator<SnapshotRecord> {
    const range = { gte: Buffer.from([PREFIX.snapshot]), lt: Buffer.from([PREFIX.snapshot + 1]) };
    for await (const value of this.#db.values(range))
      yield snapshotRecord.parse(JSON.parse(value.toString('utf8')));
  }

  /** Ids of snapshots that begin with `prefix` (hexadecimal digits); at most `limit`. */
  async snapshotIds(prefix: string, limit: number): Promise<string[]> {
    const from = Buffer.concat([Buffer.from([PREFIX.name]), Buffer.from(prefix, 'latin1')]);
    const to = Buffer.concat([from, Buffer.from('g', 'latin1')]);
    const keys = await this.#db.keys({ gte: from, lt: to, limit }).all();
    return keys.map((key) => key.toString('latin1', 1));
  }

  /** A snapshot, or a moment of the journal in the shape of one. */
  async snapshot(id: string): Promise<SnapshotRecord | null> {
    const key = await this.#db.get(nameKey(id));
    if (key === undefined) return null;
    if (key[0] === PREFIX.journal) return this.journal.moment(id);
    const value = await this.#db.get(key);
    return value === undefined ? null : snapshotRecord.parse(JSON.parse(value.toString('utf8')));
  }

  /** Whether the catalog has a record, and just as it is in a pack, or knows that it was given up. */
  hasRecord(record: StoreRecord): Promise<boolean> {
    return hasRecord(this.#db, this.garbage, record);
  }

  /** How many snapshots a source has; counted again only after something was written. */
  async countSnapshots(source: string): Promise<number> {
    const counts = this.#counts;
    const known = counts.get(source);
    if (known !== undefined) return known;
    const range = { gte: snapshotKey(source, 0), lt: snapshotKey(source, Number.MAX_SAFE_INTEGER) };
    const { length } = await this.#db.keys(range).all();
    counts.set(source, length);
    return length;
  }

  /** How many snapshots there are. */
  async countAllSnapshots(): Promise<number> {
    return (await this.#db.keys(rangeOf(PREFIX.snapshot)).all()).length;
  }

  /** Operations, newest first. */
  operations(limit: number): Promise<OperationRecord[]> {
    return readOperations(this.#db, limit);
  }

  /** What is pinned now, by target. */
  pins(): Promise<Map<string, PinRecord>> {
    return readPins(this.#db);
  }

  /** What is registered now. */
  dataSources(): Promise<DataSourceRecord[]> {
    return readDataSources(this.#db);
  }

  /** What the scanner remembers of a folder, or null. */
  folder(source: string, path: string): Buffer | null {
    return this.#db.getSync(folderKey(source, path)) ?? null;
  }

  /** All that the scanner remembers of a source: path to memory. */
  async folders(source: string): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    const start = folderKey(source, '');
    const range = { gte: start, lt: Buffer.concat([start, Buffer.from([0xff])]) };
    const entries = this.#db.iterator(range);
    try {
      for (;;) {
        const items = await entries.nextv(1000);
        if (items.length === 0) return found;
        for (const [key, value] of items) found.set(pathOfKey(key, start.length), value);
      }
    } finally {
      await entries.close();
    }
  }

  /** Runs `fn`, which writes a batch, while no other is written. */
  #write<T>(fn: () => Promise<T>): Promise<T> {
    return this.#writing.run(async () => {
      try {
        return await fn();
      } catch (error) {
        this.#stuck ||= isDiskFailure(error);
        throw await writeError(error, this.#path);
      } finally {
        // Whoever is counting just now keeps the old one, and what it found with it.
        this.#counts = new Map();
      }
    });
  }

  #location(value: Buffer): Location {
    const location = this.#known(value);
    if (location !== null) return location;
    throw new BulwarkError('store-damaged', 'the catalog names a pack that it does not know', {
      hint: 'Run "bulwark store rebuild-catalog".',
    });
  }

  #known(value: Buffer): Location | null {
    if (value.length !== LOCATION_BYTES) return null;
    const entry = this.#packs.get(value.readUInt32LE(0));
    if (entry === undefined) return null;
    return {
      pack: entry.id,
      frameOffset: value.readUInt32LE(4),
      frameLength: value.readUInt32LE(8),
      offset: value.readUInt32LE(12),
      length: value.readUInt32LE(16),
    };
  }

  #ordinalOf(packId: string): number {
    let ordinal = this.#ordinals.get(packId);
    if (ordinal === undefined) {
      ordinal = this.#lastOrdinal += 1;
      this.#ordinals.set(packId, ordinal);
    }
    return ordinal;
  }

  async #load(): Promise<void> {
    const packs = { gte: Buffer.from([PREFIX.pack]), lt: Buffer.from([PREFIX.pack + 1]) };
    for await (const [key, value] of this.#db.iterator(packs)) {
      const entry = decodePack(key.readUInt32BE(1), value);
      this.#packs.set(entry.ordinal, entry);
      this.#ordinals.set(entry.id, entry.ordinal);
      this.#lastOrdinal = Math.max(this.#lastOrdinal, entry.ordinal);
    }
    for await (const record of this.allSnapshots())
      this.#sequence = Math.max(this.#sequence, record.sequence);
    for (const prefix of [PREFIX.operation, PREFIX.pin, PREFIX.dataSource])
      this.#sequence = Math.max(this.#sequence, await lastSequence(this.#db, prefix));
    this.#sequence = Math.max(this.#sequence, await this.journal.lastSequence());
    const last = Number(this.#db.getSync(SEQUENCE_KEY)?.toString('latin1') ?? 0);
    this.#sequence = Math.max(this.#sequence, last);
    await this.garbage.load();
  }
}
