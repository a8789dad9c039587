import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../support/clock';
import { Emitter } from '../support/emitter';
import { BulwarkError, fileError } from '../support/errors';
import type { Log } from '../support/log';
import { Mutex } from '../support/mutex';
import type { BlobId } from './blob-id';
import { tableOf } from './packs/block';
import { BlobReader } from './packs/blob-reader';
import { bringUp } from './catalog/bring-up';
import type { Catalog } from './catalog/catalog';
import { isCatalogDamage } from './catalog/catalog-open-error';
import type { CatalogChange } from './catalog/catalog-change';
import { Codecs, type CodecName } from './packs/codec';
import { removeLeftovers } from './leftovers';
import { removeHolder, writeHolder } from './holder';
import { openExistingKeys, openKeys, type StoreKeys } from './keys/keys';
import { Leases } from './gc/leases';
import { catalogPath, makeStoreFolder, openCatalog } from './catalog/open-catalog';
import type { FoundBlob, PackBackup } from './copies/pack-backup';
import { PackFiles } from './packs/pack-files';
import type { PackReader } from './packs/pack-reader';
import { PackLog } from './packs/pack-log';
import type { StoreRecord } from './record';
import { objectIn, parseRecord } from './packs/index-pack';
import { StoreSession, type CompressedBlock } from './store-session';
import { storeSizes, type StoreSizes } from './store-sizes';

/** Where a store lies and how it is opened. */
export interface RepositoryOptions {
  /** Folder of packs, catalog and `config.json`. */
  readonly path: string;
  /** Folder of key files, apart from the packs. */
  readonly keyFolder: string;
  /** Of a store that has one; null or none when nobody told it. */
  readonly passphrase?: string | null;
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
  /** More of the packs is durable than before. */
  readonly onGrown = new Emitter<'committed' | 'sealed'>();
  readonly #options: RepositoryOptions;
  #keys: StoreKeys;
  readonly #codecs = new Codecs();
  #catalog: Catalog;
  readonly #files: PackFiles;
  readonly #packs: PackLog;
  /** For what is handed in without a session. */
  readonly #own: StoreSession;
  readonly #reader: BlobReader;

  private constructor(options: RepositoryOptions, keys: StoreKeys, catalog: Catalog) {
    this.path = options.path;
    this.codec = options.codec;
    this.#options = options;
    this.#keys = keys;
    this.#catalog = catalog;
    const current = (): StoreKeys => this.#keys;
    this.#files = new PackFiles(join(options.path, 'packs'), current, this.#codecs);
    this.#reader = new BlobReader(this.#files);
    this.#packs = new PackLog({
      files: this.#files,
      keys: current,
      onGrown: (how) => {
        this.onGrown.emit(how);
      },
      codecs: this.#codecs,
      codec: options.codec,
      catalog,
      revive: async () => {
        await this.#catalog.reopen();
        await bringUp({ catalog: this.#catalog, packs: this.#files }, options.log);
      },
      log: options.log,
    });
    this.#own = this.begin();
  }

  /**
   * Opens the store, or makes one where there is none; reads what a crash left behind.
   * @throws BulwarkError `store-locked` (names the holder), `wrong-key`, `key-missing`, `key-locked`
   *   (it has a passphrase), `store-damaged`
   */
  static async open(options: RepositoryOptions): Promise<Repository> {
    const { path, keyFolder, passphrase = null } = options;
    const source = { storePath: path, keyFolder, passphrase };
    const existing = await openExistingKeys(source);
    await makeStoreFolder(path);
    const catalog = await openCatalog(options);
    try {
      // A new store's keys are made under the lock: of two agents that start at once, one makes them.
      const keys = existing ?? (await openKeys(source));
      const repository = new Repository(options, keys, catalog);
      await removeLeftovers(options);
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
    return this.#reader.read(id, location);
  }

  /** Tells where copies of the packs are; null when there are none any more. */
  useBackup(backup: PackBackup | null): void {
    this.#reader.backup = backup;
  }

  /** Those of some blobs that replicas hold in packs which this store set aside. */
  async *inOldCopies(wanted: ReadonlySet<BlobId>): AsyncGenerator<FoundBlob> {
    const { backup } = this.#reader;
    if (backup !== null && wanted.size > 0) yield* backup.blobs(wanted);
  }

  /**
   * Has a pack that cannot be read replaced by a whole copy from a replica.
   * @returns whether it can be read now
   */
  async mendPack(packId: string): Promise<boolean> {
    return !this.isOpenPack(packId) && ((await this.#reader.backup?.mend(packId)) ?? false);
  }

  /** Puts a whole copy, which lies beside the packs, in the place of a pack; the bad one goes to quarantine. */
  async replacePack(packId: string, copy: string): Promise<void> {
    const label = String(this.#options.clock.now());
    await this.#reader.replacePack(packId, { copy, storePath: this.path, label });
  }

  /**
   * Changes what the packs are encrypted with. Packs that are there stay as they are; the next one
   * is written with the new key, at once, so that the key is in a pack before anybody relies on it.
   * @param change makes the change durable; when it fails the old keys stay in use
   */
  async changeKeys(change: (keys: StoreKeys) => Promise<StoreKeys>): Promise<void> {
    const { master } = this.#keys;
    await this.#files.keyWillChange();
    this.#keys = await change(this.#keys);
    if (this.#keys.master.equals(master)) return;
    await this.#packs.renew();
    await this.commit([]);
  }

  /** What a worker needs to read a pack by itself. */
  packAccess(packId: string): { path: string; key: Buffer } {
    return this.#files.access(packId);
  }

  /** Opens a pack for reading; the caller closes it. */
  openPack(packId: string): Promise<PackReader> {
    return this.#files.open(packId);
  }

  /** Ids of the packs on disk. */
  packIds(): Promise<string[]> {
    return this.#files.ids();
  }

  /** Bytes of each pack on disk. */
  packSizes(): Promise<Map<string, number>> {
    return this.#files.sizes();
  }

  /** Sizes on disk, bytes. */
  sizes(): Promise<StoreSizes> {
    return storeSizes(this.path);
  }

  /**
   * What comes next goes into another pack; the one that was open never changes again.
   * @param atLeast bytes that it must hold for that
   */
  startNewPack(atLeast = 0): Promise<void> {
    return this.#packs.seal(atLeast);
  }

  /** Tells whoever has copies of these packs that nothing needs them; rejects when they must stay. */
  async tellDropping(packIds: readonly string[]): Promise<void> {
    if (packIds.length > 0) await this.#reader.backup?.dropping(packIds);
  }

  /** Deletes the file of a pack that the catalog does not know any more. */
  async deletePack(packId: string): Promise<void> {
    await this.#reader.forget(packId);
    await rm(this.#files.path(packId), { force: true });
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
    return this.#reader.close();
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
    await this.#reader.close();
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
      await this.#reader.close();
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
    const store = { catalog: this.#catalog, packs: this.#files };
    await bringUp(store, this.#options.log, onPack);
    this.#packs.pending.opened(this.#catalog.packs().length === 0);
  }
}
