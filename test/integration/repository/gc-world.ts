import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobId } from '../../../agent/repository/blob-id';
import { blobIdOf } from '../../../agent/repository/blob-id';
import { collectGarbage, type GcOptions, type GcReport } from '../../../agent/repository/gc/gc';
import type { SnapshotRecord } from '../../../agent/repository/record';
import type { Repository } from '../../../agent/repository/repository';
import { systemClock } from '../../../agent/support/clock';
import { deliver, StoreFixture, type Sample } from './store-fixture';

/** Large enough that a single one is worth a rewriting, bytes. */
const CONTENT_BYTES = 300_000;

/** Bytes that no codec makes smaller, the same for the same number. */
function content(number: number): Buffer {
  const key = createHash('sha256').update(String(number)).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(CONTENT_BYTES));
}

/** A capture that is under way: it has handed in its blobs, and no record names them yet. */
interface UnderWay {
  readonly numbers: readonly number[];
  readonly end: () => void;
}

/** A store with a model beside it that knows which contents each snapshot holds. */
export class GcWorld {
  readonly store: StoreFixture;
  readonly kept = new Map<string, readonly number[]>();
  repository: Repository;
  #underWay: UnderWay | null = null;
  #path: string;
  #copies = 0;

  private constructor(store: StoreFixture, repository: Repository) {
    this.store = store;
    this.repository = repository;
    this.#path = store.path;
  }

  static async make(): Promise<GcWorld> {
    const store = await StoreFixture.make();
    return new GcWorld(store, await store.open());
  }

  async snapshot(numbers: readonly number[]): Promise<SnapshotRecord> {
    const record = await this.repository.leases.during(() =>
      this.store.snapshot(this.repository, sampleOf(numbers)),
    );
    this.kept.set(record.id, numbers);
    return record;
  }

  /** Begins a capture: claims what it needs and hands in what is new. */
  async begin(numbers: readonly number[]): Promise<void> {
    if (this.#underWay !== null) return;
    this.#underWay = { numbers, end: this.repository.leases.take() };
    for (const number of numbers) await deliver(this.repository, [content(number)]);
  }

  /** Ends it with a record that names what it has claimed, without claiming again. */
  async end(): Promise<void> {
    const underWay = this.#underWay;
    if (underWay === null) return;
    this.#underWay = null;
    const record = await this.store.recordOf(this.repository, sampleOf(underWay.numbers));
    await this.repository.commit([record]);
    underWay.end();
    this.kept.set(record.id, underWay.numbers);
  }

  async forget(ids: readonly string[]): Promise<void> {
    await this.repository.commit([
      {
        type: 'forget',
        id: randomBytes(16).toString('hex'),
        sequence: this.repository.catalog.nextSequence(),
        at: 1_700_000_000_000,
        snapshots: [...ids],
        reason: 'a test',
      },
    ]);
    for (const id of ids) this.kept.delete(id);
  }

  gc(options: Partial<GcOptions> = {}): Promise<GcReport> {
    return collectGarbage(this.repository, {
      clock: systemClock,
      grace: { ms: 0, operations: 0 },
      exclusively: (fn) => fn(),
      forgetMemories: () => Promise.resolve(),
      ...options,
    });
  }

  /** Copies the store as it lies on the disk now: what a crash leaves. */
  async freeze(): Promise<string> {
    const path = join(this.store.folder, `copy-${String((this.#copies += 1))}`);
    await cp(this.#path, path, { recursive: true });
    return path;
  }

  /** Goes on with a copy, as after a crash. */
  async continueFrom(path: string): Promise<void> {
    this.#underWay?.end();
    this.#underWay = null;
    await this.store.close(this.repository);
    this.repository = await this.store.open('zstd', path);
    this.#path = path;
  }

  /** Everything that is kept can be read, nothing else is listed, and the store is sound. */
  async check(): Promise<void> {
    const listed = new Set<string>();
    for await (const { id } of this.repository.catalog.allSnapshots()) listed.add(id);
    assert.deepEqual([...listed].sort(), [...this.kept.keys()].sort());
    const needed = new Set([...this.kept.values()].flat());
    for (const number of needed) {
      const bytes = content(number);
      assert.deepEqual(await this.repository.read(blobIdOf(bytes)), bytes);
    }
    assert.deepEqual((await this.store.verify(this.repository)).errors, []);
  }

  has(number: number): boolean {
    const id: BlobId = blobIdOf(content(number));
    return this.repository.catalog.find(id) !== null;
  }
}

/** A folder with these contents. */
export function sampleOf(numbers: readonly number[]): Sample {
  const files: Record<string, Buffer> = {};
  for (const number of numbers) files[`file-${String(number)}`] = content(number);
  return { folder: files };
}
