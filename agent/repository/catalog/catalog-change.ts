import type { ClassicLevel } from 'classic-level';
import { countOf, listTable } from '../packs/block';
import { blobKey, folderKey, packKeyOf } from './catalog-keys';
import { RecordEntries } from './catalog-records';
import { encodeLocation, type Location } from './location';
import { encodePack, type PackEntry } from './pack-entry';
import type { IndexedFrame } from '../packs/pack-index';
import type { StoreRecord, TombstoneRecord } from '../record';

export type Batch = ReturnType<ClassicLevel<Buffer, Buffer>['batch']>;

/** What a {@link CatalogChange} needs of its catalog. */
interface ChangeHost {
  ordinalOf(packId: string): number;
  packEntry(packId: string): PackEntry | null;
  lookup(key: Buffer): Buffer | undefined;
  write(batch: Batch, sequence: number): Promise<void>;
  written(
    packs: readonly PackEntry[],
    gone: ReadonlySet<string>,
    tombstones: readonly TombstoneRecord[],
  ): void;
}

/** What a change adds to a pack. */
interface PackGrowth {
  blobs: number;
  blobBytes: number;
  length?: number;
  sealed?: boolean;
}

/** Changes of the catalog that are written as one. */
export class CatalogChange {
  readonly #batch: Batch;
  readonly #host: ChangeHost;
  readonly #packs = new Map<string, PackGrowth>();
  readonly #gone = new Set<string>();
  readonly #records: RecordEntries;
  readonly #tombstones: TombstoneRecord[] = [];
  #sequence = 0;

  constructor(batch: Batch, host: ChangeHost) {
    this.#batch = batch;
    this.#host = host;
    this.#records = new RecordEntries((key) => host.lookup(key));
  }

  /** Adds a block's blobs. */
  addFrame(packId: string, frame: IndexedFrame): void {
    const ordinal = this.#host.ordinalOf(packId);
    let bytes = 0;
    const { offset: frameOffset, length: frameLength } = frame;
    for (const { id, offset, length } of listTable(frame.table)) {
      const value = encodeLocation(ordinal, { frameOffset, frameLength, offset, length });
      this.#batch.put(blobKey(id), value);
      bytes += length;
    }
    const growth = this.#growth(packId);
    growth.blobs += countOf(frame.table);
    growth.blobBytes += bytes;
  }

  /** Finds a blob in another place from now on, or nowhere. @param id binary */
  setLocation(id: Uint8Array, location: Location | null): void {
    if (location === null) this.#batch.del(blobKey(id));
    else {
      const value = encodeLocation(this.#host.ordinalOf(location.pack), location);
      this.#batch.put(blobKey(id), value);
    }
  }

  /** Forgets a pack, whose blobs are elsewhere or nowhere. */
  forgetPack(packId: string): void {
    const known = this.#host.packEntry(packId);
    if (known === null) return;
    this.#batch.del(packKeyOf(known.ordinal));
    this.#gone.add(packId);
  }

  /** Tells how much of a pack the catalog covers now. */
  coverPack(packId: string, length: number, sealed: boolean): void {
    const growth = this.#growth(packId);
    growth.length = length;
    growth.sealed = sealed;
  }

  /** @param packId where the record lies */
  addRecord(record: StoreRecord, packId: string): void {
    this.#sequence = Math.max(this.#sequence, record.sequence);
    if (record.type === 'tombstone') this.#tombstones.push(record);
    for (const [key, value] of this.#records.of(record, this.#host.ordinalOf(packId)))
      if (value === null) this.#batch.del(key);
      else this.#batch.put(key, value);
  }

  /** Remembers what a folder looked like; null forgets it. */
  setFolder(source: string, path: string, memory: Buffer | null): void {
    if (memory === null) this.#batch.del(folderKey(source, path));
    else this.#batch.put(folderKey(source, path), memory);
  }

  /** Writes all of it. The packs are durable already, so this need not wait for the disk. */
  async write(): Promise<void> {
    const packs = [...this.#packs].map(([id, growth]) => this.#grown(id, growth));
    for (const entry of packs) this.#batch.put(packKeyOf(entry.ordinal), encodePack(entry));
    await this.#host.write(this.#batch, this.#sequence);
    this.#host.written(packs, this.#gone, this.#tombstones);
  }

  async abandon(): Promise<void> {
    await this.#batch.close();
  }

  #growth(packId: string): PackGrowth {
    let growth = this.#packs.get(packId);
    if (growth === undefined) this.#packs.set(packId, (growth = { blobs: 0, blobBytes: 0 }));
    return growth;
  }

  /** Added only now: other changes of the same pack may have been written meanwhile. */
  #grown(id: string, { blobs, blobBytes, ...covered }: PackGrowth): PackEntry {
    const none = { length: 0, sealed: false, blobs: 0, blobBytes: 0 };
    const known = this.#host.packEntry(id) ?? { ...none, id, ordinal: this.#host.ordinalOf(id) };
    return {
      ...known,
      ...covered,
      blobs: known.blobs + blobs,
      blobBytes: known.blobBytes + blobBytes,
    };
  }
}
