import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../support/clock';
import { BulwarkError, fileError } from '../support/errors';
import type { Log } from '../support/log';
import { Mutex } from '../support/mutex';
import { hashBytes, toBlobId, type BlobId } from './blob-id';
import { tableOf } from './block';
import { BlockCache } from './block-cache';
import { bringUp } from './bring-up';
import type { Catalog } from './catalog';
import { isCatalogDamage } from './catalog-open-error';
import type { CatalogChange } from './catalog-change';
import { Codecs, type CodecName } from './codec';
import { packKey } from './frame';
import { removeHolder, writeHolder } from './holder';
import { openExistingKeys, openKeys, type StoreKeys } from './keys';
import { Leases } from './leases';
import { catalogPath, makeStoreFolder, openCatalog } from './open-catalog';
import { PackReader } from './pack-reader';
import { PackLog } from './pack-log';
import { packFileName } from './pack-writer';
import type { StoreRecord } from './record';
import { objectIn, parseRecord } from './recover';
import { StoreSession, type CompressedBlock } from './store-session';
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

/**
 * The store: packs, the catalog over them, and the one pack that is being written.
 *
 * A capture opens a session with {@link begin}, hands in what is new, and ends with its
 * commit: one flush of the pack, then one atomic batch of the catalog. Nothing that was not
 * committed is visible. What is told by a single record needs no session of its own.
 */
export class Repository {
  readonly path: string;
  readonly codec: CodecName;
  /** Work that relies on what it has found in the store. */
  readonly leases = new Leases();
  /** Moments of {@link leases} at which this process gave up packs that are still there. */
  readonly givenUpAt = new Map<string, number>();
  /** What moves or deletes packs runs one at a time, and not while all of them are read. */
  readonly maintenance = new Mutex();
  readonly #options: RepositoryOptions;
  readonly #keys: StoreKeys;
  readonly #codecs = new Codecs();
  #catalog: Catalog;
  readonly #packs: PackLog;
  /** For what is handed in without a session. */
  readonly #own: StoreSession;
  readonly #blocks = new BlockCache((packId) => this.openPack(packId));

  private constructor(options: RepositoryOptions, keys: StoreKeys, catalog: Catalog) {
    this.path = options.path;
    this.codec = options.codec;
    this.#options = options;
    this.#keys = keys;
    this.#catalog = catalog;
    this.#packs = new PackLog({
      folder: join(options.path, 'packs'),
      master: keys.master,
      codecs: this.#codecs,
      codec: options.codec,
      catalog,
      log: options.log,
    });
    this.#own = this.begin();
  }

  /**
   * Opens the store, or makes one where there is none; reads what a crash left behind.
   * @throws BulwarkError `store-locked` (names the holder), `wrong-key`, `key-missing`, `store-damaged`
   */
  static async open(options: RepositoryOptions): Promise<Repository> {
    const existing = await openExistingKeys(options.path, options.keyFolder);
    await makeStoreFolder(options.path);
    const catalog = await openCatalog(options);
    try {
      // A new store's keys are made under the lock: of two agents that start at once, one makes them.
      const keys = existing ?? (await openKeys(options.path, options.keyFolder));
      const repository = new Repository(options, keys, catalog);
      await writeHolder(options.path, options.clock);
      await repository.#recover().catch(async (error: unknown) => {
        if (!isCatalogDamage(error)) throw error;
        await repository.rebuildCatalog();
      });
      return repository;
    } catch (error) {
      await catalog.close();
      throw fileError(error, options.path);
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
    return this.#packs.storedBytes;
  }

  /** Starts a session: what one capture hands in, beside others. */
  begin(): StoreSession {
    const packs = this.#packs;
    return new StoreSession({
      has: (key, id) => packs.pending.has(key, () => this.#catalog.has(id)),
      append: (block) => packs.append(block),
      compress: (plain) => ({
        ...this.#codecs.encode(this.codec, plain),
        plainLength: plain.length,
        table: Buffer.from(tableOf(plain)),
      }),
      commit: (commit) => packs.commit(commit),
      get failures() {
        return packs.failures;
      },
      get failure() {
        return packs.failure;
      },
    });
  }

  /** As {@link StoreSession.claim}, of the session that needs no beginning. */
  claim(ids: Buffer): Uint8Array {
    return this.#own.claim(ids);
  }

  /** Appends a block of claimed blobs. */
  addBlock(block: CompressedBlock): Promise<void> {
    return this.#orRelease(() => this.#own.addBlock(block));
  }

  /**
   * Appends a block of another pack: from the next commit on, its blobs lie here. A session that
   * was begun before tells, when it is committed, whether it was lost meanwhile.
   */
  async adopt(block: CompressedBlock): Promise<void> {
    await this.#packs.append(block);
  }

  /** As {@link adopt}, of a record of any type. @param plain its payload; one that is no record is left */
  async adoptRecord(plain: Buffer): Promise<void> {
    const record = objectIn(plain);
    if (record !== null) await this.#packs.appendRecord(record, parseRecord(plain));
  }

  /** Keeps a small blob (a tree, a list of chunks); many of them share a block. */
  put(bytes: Buffer): Promise<BlobId> {
    return this.#orRelease(() => this.#own.put(bytes));
  }

  /** Makes records durable, with what was handed in without a session. */
  commit(
    records: readonly StoreRecord[],
    remember?: (change: CatalogChange) => void,
  ): Promise<void> {
    return this.#orRelease(() => this.#own.commit(records, remember));
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

  /** What comes next goes into another pack. */
  startNewPack(): Promise<void> {
    return this.#packs.seal();
  }

  /** Deletes the file of a pack that the catalog does not know any more. */
  async deletePack(packId: string): Promise<void> {
    await this.#blocks.forget(packId);
    await rm(this.#packPath(packId), { force: true });
  }

  /** Whether a pack is the one that is being written. */
  isOpenPack(packId: string): boolean {
    return this.#packs.openPack === packId;
  }

  /** Has this blob delivered again by whoever has it: the stored one cannot be read. */
  distrust(id: BlobId): void {
    this.#packs.pending.distrust(Buffer.from(id, 'hex').toString('latin1'));
  }

  /** Closes the packs that reading has opened, so that they can be moved. */
  closeReaders(): Promise<void> {
    return this.#blocks.close();
  }

  /** Throws the catalog away and makes it again from the packs. Nothing else may use the store meanwhile. */
  async rebuildCatalog(onPack?: (done: number, total: number) => void): Promise<void> {
    await this.#packs.seal();
    await this.#packs.use(async () => {
      await this.#catalog.close();
      await rm(catalogPath(this.path), { recursive: true, force: true });
      this.#catalog = await openCatalog(this.#options);
      return this.#catalog;
    });
    await this.#blocks.close();
    await this.#recover(onPack);
  }

  /** Seals the pack, closes the catalog and lets go of the store. */
  async close(): Promise<void> {
    let isDamaged = false;
    try {
      await this.#packs.close();
    } catch (error) {
      isDamaged = isCatalogDamage(error);
      throw error;
    } finally {
      await this.#blocks.close();
      // One that stays has the next start look at all of the catalog.
      if (!isDamaged) await removeHolder(this.path);
      await this.#catalog.close();
    }
  }

  /** One that failed has nothing to go on with. */
  async #orRelease<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#own.release();
      throw error;
    }
  }

  async #recover(onPack?: (done: number, total: number) => void): Promise<void> {
    await bringUp(this, this.#options.log, onPack);
    this.#packs.pending.opened(this.#catalog.packs().length === 0);
  }

  #packPath(packId: string): string {
    return join(this.path, 'packs', packFileName(packId));
  }
}
