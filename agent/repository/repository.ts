import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../support/clock';
import { BulwarkError } from '../support/errors';
import type { Log } from '../support/log';
import { hashBytes, ID_BYTES, toBlobId, type BlobId } from './blob-id';
import { BLOCK_TARGET_BYTES, buildBlock, listTable, tableOf } from './block';
import { BlockCache } from './block-cache';
import type { Catalog, CatalogChange, PackEntry } from './catalog';
import { Codecs, type CodecName } from './codec';
import { packKey } from './frame';
import { removeHolder, writeHolder } from './holder';
import { openExistingKeys, openKeys, type StoreKeys } from './keys';
import { catalogPath, openCatalog } from './open-catalog';
import { PackReader } from './pack-reader';
import { packFileName, PACK_TARGET_BYTES, PackWriter } from './pack-writer';
import { PendingBlobs } from './pending-blobs';
import type { StoreRecord } from './record';
import { indexPack } from './recover';
import { storeSizes, type StoreSizes } from './store-sizes';

/** Where a store lies and how it is opened. */
export interface RepositoryOptions {
  /** Folder of packs, catalog and `config.json`. */
  readonly path: string;
  /** Folder of key files, apart from the packs. */
  readonly keyFolder: string;
  readonly codec: CodecName;
  readonly clock: Clock;
  readonly log: Log;
}

/** A block that a worker has compressed, ready to be encrypted and appended. */
export interface CompressedBlock {
  readonly codec: number;
  readonly plainLength: number;
  /** Free to be used again as soon as {@link Repository.addBlock} ends. */
  readonly payload: Buffer;
  /** The block's table, kept. */
  readonly table: Buffer;
}

/**
 * The store: packs, the catalog over them, and the one pack that is being written.
 *
 * A capture asks {@link claim} which blobs are new, hands them in with
 * {@link addBlock} or {@link put}, and ends with {@link commit}: one flush of the
 * pack, then one atomic batch of the catalog. Nothing that was not committed is visible.
 */
export class Repository {
  readonly path: string;
  readonly codec: CodecName;
  readonly #options: RepositoryOptions;
  readonly #keys: StoreKeys;
  readonly #codecs = new Codecs();
  #catalog: Catalog;
  #writer: PackWriter | null = null;
  #opening: Promise<void> | null = null;
  /** Counts failed writes. */
  #failures = 0;
  #change: CatalogChange;
  readonly #pending = new PendingBlobs();
  #small: { id: Buffer; bytes: Buffer }[] = [];
  #smallBytes = 0;
  #storedBytes = 0;
  readonly #blocks = new BlockCache((packId) => this.openPack(packId));

  private constructor(options: RepositoryOptions, keys: StoreKeys, catalog: Catalog) {
    this.path = options.path;
    this.codec = options.codec;
    this.#options = options;
    this.#keys = keys;
    this.#catalog = catalog;
    this.#change = catalog.change();
  }

  /**
   * Opens the store, or makes one where there is none; reads what a crash left behind.
   * @throws BulwarkError `store-locked` (names the holder), `wrong-key`, `key-missing`, `store-damaged`
   */
  static async open(options: RepositoryOptions): Promise<Repository> {
    const existing = await openExistingKeys(options.path, options.keyFolder);
    await mkdir(join(options.path, 'packs'), { recursive: true, mode: 0o700 });
    const catalog = await openCatalog(options);
    try {
      // A new store's keys are made under the lock: of two agents that start at once, one makes them.
      const keys = existing ?? (await openKeys(options.path, options.keyFolder));
      const repository = new Repository(options, keys, catalog);
      await writeHolder(options.path, options.clock);
      await repository.#recover();
      return repository;
    } catch (error) {
      await catalog.close();
      throw error;
    }
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  get keys(): StoreKeys {
    return this.#keys;
  }

  /** Bytes appended to packs since the store was opened. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /**
   * Which of these blobs the caller must deliver.
   * @param ids binary ids, one after the other
   * @returns one byte an id: 1 for a blob that the store does not have and nobody else claimed
   */
  claim(ids: Buffer): Uint8Array {
    const wanted = new Uint8Array(ids.length / ID_BYTES);
    for (let i = 0; i < wanted.length; i++) {
      const at = i * ID_BYTES;
      const key = ids.toString('latin1', at, at + ID_BYTES);
      const isKept = (): boolean => this.#catalog.has(ids.subarray(at, at + ID_BYTES));
      if (this.#pending.claim(key, isKept)) wanted[i] = 1;
    }
    return wanted;
  }

  /** Appends a block of claimed blobs. */
  async addBlock(block: CompressedBlock): Promise<void> {
    await this.#orGiveUp(async () => {
      const writer = await this.#openWriter();
      await this.#append(writer, { type: 'block', ...block });
      for (const { id } of listTable(block.table)) this.#pending.appended(id.toString('latin1'));
      if (writer.length >= PACK_TARGET_BYTES && writer === this.#writer) await this.#seal();
    });
  }

  /** Keeps a small blob (a tree, a list of chunks); many of them share a block. */
  async put(bytes: Buffer): Promise<BlobId> {
    const id = hashBytes(bytes);
    if (this.#pending.claim(id.toString('latin1'), () => this.#catalog.has(id))) {
      this.#small.push({ id, bytes });
      this.#smallBytes += bytes.length;
      if (this.#smallBytes >= BLOCK_TARGET_BYTES) await this.#flushSmall();
    }
    return toBlobId(id);
  }

  /**
   * Makes everything handed in so far durable, with `records`, and then visible.
   * @param remember changes of the scanner's memory that belong to it
   */
  async commit(
    records: readonly StoreRecord[],
    remember?: (change: CatalogChange) => void,
  ): Promise<void> {
    await this.#flushSmall();
    this.#pending.expectDelivered();
    await this.#orGiveUp(async () => {
      for (const record of records) {
        const writer = await this.#openWriter();
        const plain = Buffer.from(JSON.stringify(record), 'utf8');
        const { codec, payload } = this.#codecs.encode(this.codec, plain);
        const plainLength = plain.length;
        const table = Buffer.alloc(0);
        await this.#append(writer, { type: 'record', codec, plainLength, payload, table });
        this.#change.addRecord(record);
      }
      if (this.#writer !== null) {
        const length = await this.#writer.flush();
        this.#change.coverPack(this.#writer.id, length, false);
      }
      remember?.(this.#change);
      await this.#writeChange();
    });
  }

  /** Forgets claims of a capture that failed. What it appended stays and is found by its hash. */
  releaseClaims(): void {
    this.#pending.release();
    this.#small = [];
    this.#smallBytes = 0;
  }

  /**
   * The bytes of a blob, checked against its id.
   * @throws BulwarkError `blob-missing` or `pack-damaged`
   */
  async read(id: BlobId): Promise<Buffer> {
    const location = this.#catalog.locate(id);
    if (location === null)
      throw new BulwarkError('blob-missing', `the store has no blob ${id}`, { details: { id } });
    const block = await this.#blocks.read(location);
    const bytes = block.subarray(location.offset, location.offset + location.length);
    if (toBlobId(hashBytes(bytes)) !== id)
      throw new BulwarkError('pack-damaged', `blob ${id} has other bytes than its id says`, {
        details: { id, pack: location.pack },
      });
    return bytes;
  }

  /** What a worker needs to read a pack by itself. */
  packAccess(packId: string): { path: string; key: Buffer } {
    return { path: this.#packPath(packId), key: packKey(this.#keys.master, packId) };
  }

  /** Opens a pack for reading; the caller closes it. */
  openPack(packId: string): Promise<PackReader> {
    const { path, key } = this.packAccess(packId);
    return PackReader.open(path, packId, key, this.#codecs);
  }

  /** Ids of the packs on disk. */
  async packIds(): Promise<string[]> {
    const names = await readdir(join(this.path, 'packs'));
    return names.flatMap((name) => /^([0-9a-f]{32})\.pack$/.exec(name)?.[1] ?? []);
  }

  /** Bytes of each pack on disk. */
  async packSizes(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    for (const id of await this.packIds()) sizes.set(id, (await stat(this.#packPath(id))).size);
    return sizes;
  }

  /** Sizes on disk, bytes. */
  sizes(): Promise<StoreSizes> {
    return storeSizes(this.path);
  }

  /** Throws the catalog away and makes it again from the packs. Nothing else may use the store meanwhile. */
  async rebuildCatalog(onPack?: (done: number, total: number) => void): Promise<void> {
    await this.#seal();
    await this.#change.abandon();
    await this.#catalog.close();
    await rm(catalogPath(this.path), { recursive: true, force: true });
    this.#catalog = await openCatalog(this.#options);
    this.#change = this.#catalog.change();
    await this.#blocks.close();
    await this.#recover(onPack);
  }

  /** Seals the pack, closes the catalog and lets go of the store. */
  async close(): Promise<void> {
    try {
      await this.#seal();
      await this.#writeChange();
    } finally {
      await this.#change.abandon();
      await this.#blocks.close();
      await removeHolder(this.path);
      await this.#catalog.close();
    }
  }

  /** The open pack. Blocks come from several threads at once, so only one of them may start it. */
  async #openWriter(): Promise<PackWriter> {
    for (;;) {
      if (this.#writer !== null) return this.#writer;
      this.#opening ??= PackWriter.create(join(this.path, 'packs'), this.#keys.master)
        .then((writer) => {
          this.#writer = writer;
        })
        .finally(() => {
          this.#opening = null;
        });
      await this.#opening;
    }
  }

  /** The catalog learns of a frame in the same turn in which the pack takes it. */
  async #append(
    writer: PackWriter,
    payload: CompressedBlock & { type: 'block' | 'record' },
  ): Promise<void> {
    const before = writer.length;
    const { frame, written } = writer.append(payload);
    this.#storedBytes += writer.length - before;
    this.#change.addFrame(writer.id, frame);
    await written;
  }

  /**
   * After a failed write nobody knows what the disk holds: what was not committed is forgotten and
   * cut off, and the next write starts a new pack.
   */
  async #orGiveUp<T>(work: () => Promise<T>): Promise<T> {
    const failures = this.#failures;
    try {
      return await work();
    } catch (error) {
      // One full disk fails all blocks that are under way: the first of them gives up for all.
      if (failures !== this.#failures) throw error;
      this.#failures += 1;
      const writer = this.#writer;
      const change = this.#change;
      this.#writer = null;
      this.#change = this.#catalog.change();
      this.#pending.clear();
      this.#small = [];
      this.#smallBytes = 0;
      await change.abandon();
      if (writer !== null) await this.#abandon(writer);
      throw error;
    }
  }

  /** Keeps of a pack what the catalog knows of it. It may not be possible, and what failed first is told. */
  async #abandon(writer: PackWriter): Promise<void> {
    try {
      await writer.abandon(this.#catalog.pack(writer.id)?.length ?? 0);
    } catch (error) {
      this.#options.log.warn('A pack cannot be cut back', { pack: writer.id, error });
    }
  }

  async #flushSmall(): Promise<void> {
    if (this.#small.length === 0) return;
    const plain = buildBlock(this.#small);
    this.#small = [];
    this.#smallBytes = 0;
    const { codec, payload } = this.#codecs.encode(this.codec, plain);
    const table = Buffer.from(tableOf(plain));
    await this.addBlock({ codec, plainLength: plain.length, payload, table });
  }

  async #seal(): Promise<void> {
    const writer = this.#writer;
    if (writer === null) return;
    // From here on others may append to the next pack: their changes must not be written with these.
    const change = this.#change;
    this.#writer = null;
    this.#change = this.#catalog.change();
    try {
      const length = await writer.seal();
      change.coverPack(writer.id, length, true);
      await change.write();
    } catch (error) {
      await change.abandon();
      await this.#abandon(writer);
      throw error;
    }
  }

  async #writeChange(): Promise<void> {
    const change = this.#change;
    this.#change = this.#catalog.change();
    await change.write();
    this.#pending.written();
  }

  /** Brings the catalog up to what the packs hold: all of them after it was lost, the tail after a crash. */
  async #recover(onPack?: (done: number, total: number) => void): Promise<void> {
    const ids = await this.packIds();
    let done = 0;
    for (const id of ids) {
      const known = this.#catalog.pack(id);
      const size = (await stat(this.#packPath(id))).size;
      if (known === null || (!known.sealed && size > known.length))
        await this.#index(id, known, size);
      onPack?.(++done, ids.length);
    }
    this.#pending.opened(this.#catalog.packs().length === 0);
  }

  async #index(id: string, known: PackEntry | null, size: number): Promise<void> {
    let reader: PackReader;
    try {
      reader = await this.openPack(id);
    } catch (error) {
      // A pack of a crash before its first flush has no whole header; it holds nothing.
      if (!(error instanceof BulwarkError) || error.reason !== 'pack-damaged') throw error;
      this.#options.log.warn('A pack cannot be read and was passed over', { pack: id, error });
      return;
    }
    try {
      const { frames, records, sealed, damaged } = await indexPack(reader, known?.length);
      if (damaged.length > 0)
        this.#options.log.warn('A part of a pack does not verify', { pack: id, offsets: damaged });
      const change = this.#catalog.change();
      for (const frame of frames) change.addFrame(id, frame);
      for (const record of records) change.addRecord(record);
      change.coverPack(id, size, sealed);
      await change.write();
    } finally {
      await reader.close();
    }
  }

  #packPath(packId: string): string {
    return join(this.path, 'packs', packFileName(packId));
  }
}
