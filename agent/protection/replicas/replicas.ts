import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobId } from '../../repository/blob-id';
import type { Location } from '../../repository/catalog/location';
import { Codecs } from '../../repository/packs/codec';
import { blobsInCopy } from '../../repository/copies/copied-blobs';
import { FolderBlobStore } from '../../repository/copies/folder-blob-store';
import type { FoundBlob, PackBackup } from '../../repository/copies/pack-backup';
import { frameIn } from '../../repository/copies/remote-frame';
import type { Repository } from '../../repository/repository';
import type { Clock, Timer } from '../../support/clock';
import { Emitter, type Disposable } from '../../support/emitter';
import { BulwarkError, messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { UNORDERED, type Operations } from '../../support/operations';
import type { WorkerPool } from '../../support/worker-pool';
import { Mirror, type MirrorHoldings, type MirrorReport, type MirrorWork } from './mirror';
import { MirrorKeeper, type ReplicaState } from './mirror-keeper';
import { PackCopier } from './pack-copier';
import type { ReplicaEntry, ReplicaList } from './replica-list';
import { writeMarker } from './replica-marker';
import { freeBytes, onSameDisk, prepareReplica } from './replica-place';

/**
 * A pack that is still written to is copied as far as it is committed while it is small; one that
 * has grown beyond this is sealed first, so that it is copied once. Bytes.
 */
const SEAL_BYTES = 8 * 1024 * 1024;

/** A replica with all that is known of it. */
export interface ReplicaView {
  readonly entry: ReplicaEntry;
  readonly state: ReplicaState;
  /** Null when it is not there now. */
  readonly holdings: MirrorHoldings | null;
  readonly freeBytes: number | null;
  readonly sameDisk: boolean;
  readonly syncedAt: number | null;
  readonly verified: { readonly at: number; readonly report: MirrorReport } | null;
}

export interface ReplicasOptions {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly list: ReplicaList;
  /** How long what was committed may wait for a copy, ms. */
  readonly everyMs: number;
  /** The agent's own state: no replica may be in it. */
  readonly home: string;
  /** What goes before copying; nothing unless given. */
  readonly operations?: Operations;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps copies of the store elsewhere, and gives back from them what the store has lost. */
export class Replicas implements PackBackup {
  /** One was brought up to date: it can be asked now. */
  readonly onSynced = new Emitter<ReplicaEntry>();
  readonly #options: ReplicasOptions;
  readonly #primary: FolderBlobStore;
  readonly #copier: PackCopier;
  readonly #codecs = new Codecs();
  readonly #keepers = new Map<string, MirrorKeeper>();
  readonly #mending = new Mutex();
  readonly #grown: Disposable;
  #timer: Timer | null = null;

  constructor(options: ReplicasOptions) {
    const { repository, pool, list } = options;
    this.#options = options;
    this.#primary = new FolderBlobStore(repository.path);
    this.#copier = new PackCopier(repository, pool, this.#primary);
    for (const entry of list.replicas) this.#keep(entry);
    this.#grown = repository.onGrown.on((how) => {
      this.#changed(how);
    });
    repository.useBackup(this);
  }

  /** Brings all of them up to date, in the background. */
  start(): void {
    if (this.#keepers.size > 0)
      void this.#mendMissing().catch((error: unknown) => {
        this.#options.log.warn('Lost packs cannot be brought back', { error });
      });
    for (const keeper of this.#keepers.values()) keeper.syncSoon();
  }

  /**
   * Makes a folder a replica and copies everything there.
   * @throws BulwarkError `replica-refused`, `path-missing`, and what `sync` throws: then it stays
   *   a replica, and is brought up to date later
   */
  async add(path: string, work: MirrorWork): Promise<ReplicaView> {
    const { repository, list, clock, home } = this.#options;
    const { storeId } = repository.keys;
    const place = await realPlace(path);
    const known = this.#find(place);
    if (known !== null)
      throw new BulwarkError('replica-refused', `${place} is a replica already`, {
        hint: 'See how it is doing with: bulwark replica status',
        details: { path: place },
      });
    const store = new FolderBlobStore(place);
    const before = await prepareReplica(store, storeId, [await realPlace(home)]);
    const id = before ?? randomBytes(16).toString('hex');
    if (before === null) await writeMarker(store, { store: storeId, replica: id });
    const entry = { id, path: place, addedAt: clock.now() };
    await list.add(entry);
    const keeper = this.#keep(entry);
    await keeper.sync(work);
    return this.#view(keeper);
  }

  /** Forgets a replica. What it holds stays. @throws BulwarkError `replica-unknown` */
  async remove(path: string): Promise<ReplicaEntry> {
    const keeper = await this.#require(path);
    this.#keepers.delete(keeper.entry.id);
    await keeper.close();
    await this.#options.list.remove(keeper.entry.id);
    return keeper.entry;
  }

  async views(): Promise<ReplicaView[]> {
    return Promise.all([...this.#keepers.values()].map((keeper) => this.#view(keeper)));
  }

  /** Brings one replica, or all, up to date now. @throws BulwarkError `replica-unknown`, and what copying throws */
  async sync(path: string | null, work: MirrorWork): Promise<ReplicaView[]> {
    const keepers = path === null ? [...this.#keepers.values()] : [await this.#require(path)];
    for (const keeper of keepers) await keeper.sync(work);
    return Promise.all(keepers.map((keeper) => this.#view(keeper)));
  }

  /** Reads one replica, or all, back. @throws BulwarkError `replica-unknown`, and what reading throws */
  async verify(path: string | null, work: MirrorWork): Promise<ReplicaView[]> {
    const keepers = path === null ? [...this.#keepers.values()] : [await this.#require(path)];
    for (const keeper of keepers) await keeper.verify(work);
    return Promise.all(keepers.map((keeper) => this.#view(keeper)));
  }

  async frame(location: Location): Promise<Buffer | null> {
    const { repository, log } = this.#options;
    const { key } = repository.packAccess(location.pack);
    for (const { mirror, entry } of this.#keepers.values()) {
      try {
        await mirror.require();
        const plain = await frameIn(mirror.store, location, key, this.#codecs);
        if (plain === null) continue;
        log.warn('A frame was read from a replica', { pack: location.pack, replica: entry.path });
        void repository.mendPack(location.pack).catch((error: unknown) => {
          log.warn('A pack cannot be mended', { pack: location.pack, error });
        });
        return plain;
      } catch (error) {
        log.info('A replica cannot be asked', { path: entry.path, reason: messageOf(error) });
      }
    }
    return null;
  }

  mend(packId: string): Promise<boolean> {
    const { repository, log } = this.#options;
    return this.#mending.run(async () => {
      const pack = this.#copier.extents().find(({ id }) => id === packId);
      if (pack === undefined) return false;
      // Somebody may have mended it while this waited.
      if (await this.#copier.isWhole(pack, null)) return true;
      for (const { mirror, entry } of this.#keepers.values()) {
        try {
          await mirror.require();
          if (!(await this.#copier.mendFrom(mirror.store, pack))) continue;
          log.warn('A damaged pack was replaced by its copy', {
            pack: packId,
            replica: entry.path,
            quarantine: join(repository.path, 'quarantine'),
          });
          return true;
        } catch (error) {
          log.warn('A replica cannot mend a pack', { path: entry.path, pack: packId, error });
        }
      }
      return false;
    });
  }

  async *blobs(wanted: ReadonlySet<BlobId>): AsyncGenerator<FoundBlob> {
    const { repository, log } = this.#options;
    const left = new Set(wanted);
    for (const { mirror, entry } of this.#keepers.values()) {
      try {
        const known = new Set(this.#copier.extents().map(({ id }) => id));
        for (const pack of await mirror.packs()) {
          if (left.size === 0) return;
          if (known.has(pack)) continue;
          const { keys } = repository;
          const asked = { keys, codecs: this.#codecs, wanted: left };
          for await (const found of blobsInCopy(mirror.store, pack, asked)) {
            left.delete(found.id);
            yield found;
          }
        }
      } catch (error) {
        log.info('A replica cannot be asked', { path: entry.path, reason: messageOf(error) });
      }
    }
  }

  async dropping(packIds: readonly string[]): Promise<void> {
    if (this.#keepers.size > 0) await this.#options.list.drop(packIds, this.#options.clock.now());
  }

  /** Ends copies that run; they go on when the agent starts again. */
  async close(): Promise<void> {
    this.#grown.dispose();
    this.#timer?.cancel();
    this.#options.repository.useBackup(null);
    for (const keeper of this.#keepers.values()) await keeper.close();
    await this.#mending.run(() => undefined);
  }

  /** Packs whose files are gone are brought back before somebody misses them. */
  async #mendMissing(): Promise<void> {
    const there = new Set(await this.#options.repository.packIds());
    for (const { id } of this.#copier.extents()) if (!there.has(id)) await this.mend(id);
  }

  #keep(entry: ReplicaEntry): MirrorKeeper {
    const { repository, list, clock, log, operations = UNORDERED } = this.#options;
    const keeper = new MirrorKeeper({
      entry,
      mirror: new Mirror({
        store: new FolderBlobStore(entry.path),
        ids: { store: repository.keys.storeId, replica: entry.id },
        copier: this.#copier,
        primary: this.#primary,
      }),
      list,
      clock,
      log,
      operations,
      beforeSync: () => repository.startNewPack(SEAL_BYTES),
      onSynced: () => {
        this.onSynced.emit(entry);
      },
    });
    this.#keepers.set(entry.id, keeper);
    return keeper;
  }

  #changed(how: 'committed' | 'sealed'): void {
    if (this.#keepers.size === 0) return;
    for (const keeper of this.#keepers.values()) keeper.stale();
    if (how === 'sealed') {
      this.#syncAll();
      return;
    }
    this.#timer ??= this.#options.clock.setTimeout(() => {
      this.#syncAll();
    }, this.#options.everyMs);
  }

  #syncAll(): void {
    this.#timer?.cancel();
    this.#timer = null;
    // One that is away is tried when its time has come, not at every commit.
    for (const keeper of this.#keepers.values())
      if (keeper.state.kind === 'behind' || keeper.state.kind === 'copying') keeper.syncSoon();
  }

  async #view(keeper: MirrorKeeper): Promise<ReplicaView> {
    const { entry, mirror } = keeper;
    const holdings = await mirror.holdings().catch(() => null);
    return {
      entry,
      state: keeper.state,
      holdings,
      freeBytes: holdings === null ? null : await freeBytes(entry.path),
      sameDisk: await onSameDisk(entry.path, this.#options.repository.path),
      syncedAt: keeper.syncedAt,
      verified: keeper.verified,
    };
  }

  #find(place: string): MirrorKeeper | null {
    return [...this.#keepers.values()].find(({ entry }) => entry.path === place) ?? null;
  }

  async #require(path: string): Promise<MirrorKeeper> {
    const keeper = this.#find(path) ?? this.#find(await realPlace(path).catch(() => path));
    if (keeper !== null) return keeper;
    throw new BulwarkError('replica-unknown', `${path} is no replica of this store`, {
      hint: 'List them with: bulwark replica status',
      details: { path },
    });
  }
}

/** A path with the links in its parent resolved: the folder itself need not be there. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = await realpath(dirname(path)).catch(() => dirname(path));
    return join(parent, path.slice(dirname(path).length));
  }
}
