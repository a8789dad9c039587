import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { listTable } from './block';
import type { Catalog } from '../catalog/catalog';
import type { CatalogChange } from '../catalog/catalog-change';
import type { Codecs, CodecName } from './codec';
import { markRecord } from './commit-group';
import type { MasterKeys } from '../keys/keys';
import type { PackFiles } from './pack-files';
import { PACK_TARGET_BYTES, PackWriter } from './pack-writer';
import { PendingBlobs } from './pending-blobs';
import type { StoreRecord } from '../record';
import type { CompressedBlock, Commit } from '../store-session';

/** A frame to be appended. */
type NewFrame = CompressedBlock & { readonly type: 'block' | 'record' };

/** A commit that waits for the next flush. */
interface Waiting {
  readonly commit: Commit;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** A batch of the catalog, and the generation of blobs that it makes known. */
interface TakenChange {
  readonly batch: CatalogChange;
  readonly generation: number;
}

/** What a failed write takes along. */
interface Lost {
  readonly writer: PackWriter | null;
  readonly change: CatalogChange;
}

/**
 * The end of the store at which it grows: the pack that is being written, and what the catalog will
 * know of it. Commits that arrive while one is under way share the next flush.
 */
export class PackLog {
  readonly pending = new PendingBlobs();
  readonly #files: PackFiles;
  readonly #keys: () => MasterKeys;
  readonly #onGrown: (how: 'committed' | 'sealed') => void;
  readonly #codecs: Codecs;
  readonly #codec: CodecName;
  readonly #log: Log;
  /** Flushes and what ends a pack come one after the other; appending does not wait for them. */
  readonly #ending = new Mutex();
  readonly #reviveCatalog: () => Promise<void>;
  #catalog: Catalog;
  #change: CatalogChange;
  #writer: PackWriter | null = null;
  #opening: Promise<void> | null = null;
  #reviving: Promise<void> | null = null;
  #waiting: Waiting[] = [];
  #committing = false;
  #failures = 0;
  #failure: unknown = null;
  #storedBytes = 0;

  constructor(options: {
    files: PackFiles;
    /** Asked when a pack is begun: the newest key changes. */
    keys: () => MasterKeys;
    /** Told that more of the packs is durable and known. */
    onGrown: (how: 'committed' | 'sealed') => void;
    codecs: Codecs;
    codec: CodecName;
    catalog: Catalog;
    /** Makes a catalog that is stuck writable, and teaches it what the packs hold. */
    revive: () => Promise<void>;
    log: Log;
  }) {
    this.#reviveCatalog = options.revive;
    this.#files = options.files;
    this.#keys = options.keys;
    this.#onGrown = options.onGrown;
    this.#codecs = options.codecs;
    this.#codec = options.codec;
    this.#log = options.log;
    this.#catalog = options.catalog;
    this.#change = options.catalog.change();
  }

  /** Counts failed writes, each of which lost what was not committed. */
  get failures(): number {
    return this.#failures;
  }

  /** What the last failed write threw. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The pack that is being written, or null. */
  get openPack(): string | null {
    return this.#writer?.id ?? null;
  }

  /** Bytes appended since the store was opened. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /**
   * Appends a frame; it is durable, and known to the catalog, with the next commit.
   * @returns bytes that it takes in the pack
   */
  async append(frame: CompressedBlock): Promise<number> {
    const block = { type: 'block', ...frame } as const;
    const { writer, length } = await this.#orGiveUp(() => this.#append(block, null));
    if (writer.length >= PACK_TARGET_BYTES) await this.#seal(writer);
    return length;
  }

  /**
   * As {@link append}, of a record out of another pack.
   * @param known what the catalog learns of it; null where this version cannot read it
   */
  async appendRecord(record: object, known: StoreRecord | null): Promise<void> {
    await this.#orGiveUp(() => this.#appendRecord(record, known));
  }

  /** Makes records durable with all that was appended before, and then visible. */
  commit(commit: Commit): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ commit, done, failed });
      if (!this.#committing) void this.#commitAll();
    });
  }

  /**
   * Ends the pack; what comes next goes into another one.
   * @param atLeast bytes that it must have for that
   */
  async seal(atLeast = 0): Promise<void> {
    if (this.#writer !== null && this.#writer.length >= atLeast) await this.#seal(this.#writer);
  }

  /** Ends the pack and begins the next one. */
  async renew(): Promise<void> {
    await this.seal();
    await this.#orGiveUp(() => this.#openWriter());
  }

  /** Takes another catalog over the same packs; nothing may be under way. */
  async use(catalog: () => Promise<Catalog>): Promise<void> {
    await this.#change.abandon();
    this.#catalog = await catalog();
    this.#change = this.#catalog.change();
  }

  /** Seals, and lets the catalog know everything. */
  async close(): Promise<void> {
    try {
      await this.seal();
      if (!this.#catalog.isStuck)
        await this.#ending.run(() => this.#writeChange(this.#takeChange()));
    } catch (error) {
      // The next start learns from the packs what a catalog that is stuck does not take.
      if (!this.#catalog.isStuck) throw error;
    } finally {
      await this.#change.abandon();
    }
  }

  async #commitAll(): Promise<void> {
    this.#committing = true;
    while (this.#waiting.length > 0)
      await this.#ending.run(async () => {
        const group = this.#waiting.splice(0).filter(isWhole);
        try {
          await this.#commitGroup(group.map(({ commit }) => commit));
          for (const { done } of group) done();
        } catch (error) {
          for (const { failed } of group) failed(error);
        }
      });
    this.#committing = false;
  }

  async #commitGroup(group: readonly Commit[]): Promise<void> {
    const failures = this.#failures;
    let change: TakenChange | null = null;
    await this.#revive();
    try {
      for (const record of group.flatMap(({ records }) => records))
        await this.#appendRecord(record, record);
      if (failures !== this.#failures) throw this.#failure;
      const writer = this.#writer;
      // What others append from here on is not flushed with this, so it must not be written with it.
      change = this.#takeChange();
      for (const { remember } of group) remember?.(change.batch);
      if (writer !== null) change.batch.coverPack(writer.id, await writer.flush(), false);
    } catch (error) {
      await change?.batch.abandon();
      // Within the turn of this commit, so that nobody else can end a pack meanwhile.
      if (failures === this.#failures) await this.#abandonLost(this.#loseAll(error));
      throw error;
    }
    await this.#writeChange(change);
    this.#onGrown('committed');
  }

  async #appendRecord(record: object, known: StoreRecord | null): Promise<void> {
    const plain = markRecord(record, (await this.#openWriter()).flushedFrames);
    const encoded = this.#codecs.encode(this.#codec, plain);
    const frame = { ...encoded, plainLength: plain.length, table: Buffer.alloc(0) };
    await this.#append({ type: 'record', ...frame }, known);
  }

  /** The catalog learns of a frame in the same turn in which the pack takes it. */
  async #append(
    frame: NewFrame,
    record: StoreRecord | null,
  ): Promise<{ writer: PackWriter; length: number }> {
    const writer = await this.#openWriter();
    const { frame: indexed, written } = writer.append(frame);
    this.#storedBytes += indexed.length;
    this.#change.addFrame(writer.id, indexed);
    if (record !== null) this.#change.addRecord(record, writer.id);
    for (const { id } of listTable(frame.table)) this.pending.appended(id.toString('latin1'));
    await written;
    return { writer, length: indexed.length };
  }

  /** The open pack. Blocks come from several threads at once, so only one of them may start it. */
  async #openWriter(): Promise<PackWriter> {
    for (;;) {
      if (this.#writer !== null) return this.#writer;
      await this.#revive();
      const keys = this.#keys();
      this.#opening ??= PackWriter.create(this.#files.folder, keys)
        .then((writer) => {
          this.#files.begun(writer.id, keys.master);
          this.#writer = writer;
        })
        .finally(() => {
          this.#opening = null;
        });
      await this.#opening;
    }
  }

  #seal(writer: PackWriter): Promise<void> {
    return this.#ending.run(async () => {
      if (writer !== this.#writer) return;
      // From here on others may append to the next pack: their changes must not be written with these.
      const change = this.#takeChange();
      this.#writer = null;
      try {
        change.batch.coverPack(writer.id, await writer.seal(), true);
        await this.#writeChange(change);
        this.#onGrown('sealed');
      } catch (error) {
        const lost = this.#loseAll(error);
        await change.batch.abandon();
        await this.#abandon(writer);
        await this.#abandonLost(lost);
        throw error;
      }
    });
  }

  #takeChange(): TakenChange {
    const batch = this.#change;
    this.#change = this.#catalog.change();
    return { batch, generation: this.pending.endGeneration() };
  }

  async #writeChange({ batch, generation }: TakenChange): Promise<void> {
    try {
      await batch.write();
    } catch (error) {
      // Nobody knows whether the catalog has it: the packs tell, once it can be opened anew.
      if (this.#catalog.isStuck) await this.#abandonLost(this.#loseAll(error));
      throw error;
    }
    this.pending.written(generation);
  }

  /** Whoever needs the catalog while it is stuck waits until it is not. @throws BulwarkError `disk-full` */
  async #revive(): Promise<void> {
    if (!this.#catalog.isStuck) return;
    this.#reviving ??= (async () => {
      await this.#change.abandon();
      try {
        await this.#reviveCatalog();
      } finally {
        this.#change = this.#catalog.change();
        this.#reviving = null;
      }
    })();
    await this.#reviving;
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
      const lost = this.#loseAll(error);
      // A commit that is being flushed keeps what it has.
      await this.#ending.run(() => this.#abandonLost(lost));
      throw error;
    }
  }

  #loseAll(error: unknown): Lost {
    this.#failures += 1;
    this.#failure = error;
    this.pending.clear();
    const lost = { writer: this.#writer, change: this.#change };
    this.#writer = null;
    this.#change = this.#catalog.change();
    return lost;
  }

  async #abandonLost({ writer, change }: Lost): Promise<void> {
    await change.abandon();
    if (writer !== null) await this.#abandon(writer);
  }

  /** Keeps of a pack what the catalog knows of it. It may not be possible, and what failed first is told. */
  async #abandon(writer: PackWriter): Promise<void> {
    // What the catalog has is not known then, and it must not be cut off.
    if (this.#catalog.isStuck) {
      await writer.leave();
      return;
    }
    try {
      await writer.abandon(this.#catalog.pack(writer.id)?.length ?? 0);
    } catch (error) {
      this.#log.warn('A pack cannot be cut back', { pack: writer.id, error });
    }
  }
}

function isWhole({ commit, failed }: Waiting): boolean {
  try {
    commit.expectWhole();
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
