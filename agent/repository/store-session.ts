import { BulwarkError } from '../support/errors';
import { hashBytes, ID_BYTES, toBlobId, type BlobId } from './blob-id';
import { BLOCK_TARGET_BYTES, buildBlock, listTable } from './packs/block';
import type { CatalogChange } from './catalog/catalog-change';
import type { StoreRecord } from './record';

/** A block that a worker has compressed, ready to be encrypted and appended. */
export interface CompressedBlock {
  readonly codec: number;
  readonly plainLength: number;
  /** Free to be used again as soon as {@link StoreSession.addBlock} ends. */
  readonly payload: Buffer;
  /** The block's table, kept. */
  readonly table: Buffer;
}

/** What a session hands over to become durable. */
export interface Commit {
  readonly records: readonly StoreRecord[];
  readonly remember: ((change: CatalogChange) => void) | undefined;
  /** Throws when something that the session handed in was lost meanwhile. */
  expectWhole(): void;
}

/** What a session needs of its store. */
export interface SessionHost {
  /** Whether the blob with this binary id is in a pack, though perhaps not durable before the next commit. */
  has(key: string, id: Uint8Array): boolean;
  /** @returns bytes that it takes in the pack */
  append(block: CompressedBlock): Promise<number>;
  compress(plain: Buffer): CompressedBlock;
  commit(commit: Commit): Promise<void>;
  /** Changes when a failed write has lost what was not committed. */
  readonly failures: number;
  readonly failure: unknown;
}

/**
 * What one capture hands in. Several can be open at once: each must deliver what it claimed, what
 * another one has only claimed counts for nothing, and what another one has appended lies before
 * this one's record in the pack.
 */
export class StoreSession {
  readonly #host: SessionHost;
  readonly #claimed = new Set<string>();
  #small: { id: Buffer; bytes: Buffer }[] = [];
  #smallBytes = 0;
  #storedBytes = 0;
  #putBytes = 0;
  #failures: number;

  constructor(host: SessionHost) {
    this.#host = host;
    this.#failures = host.failures;
  }

  /** Bytes that this session has added to the packs. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** Plain bytes that came by {@link put} and were new. */
  get putBytes(): number {
    return this.#putBytes;
  }

  /**
   * Which of these blobs the caller must deliver.
   * @param ids binary ids, one after the other
   * @returns one byte an id: 1 for a blob that the store does not have and this session did not claim
   */
  claim(ids: Buffer): Uint8Array {
    const wanted = new Uint8Array(ids.length / ID_BYTES);
    for (let i = 0; i < wanted.length; i++) {
      const at = i * ID_BYTES;
      if (this.#claim(ids.subarray(at, at + ID_BYTES))) wanted[i] = 1;
    }
    return wanted;
  }

  /** Appends a block of claimed blobs. */
  async addBlock(block: CompressedBlock): Promise<void> {
    this.#storedBytes += await this.#host.append(block);
    for (const { id } of listTable(block.table)) this.#claimed.delete(id.toString('latin1'));
  }

  /** Keeps a small blob (a tree, a list of chunks); many of them share a block. */
  async put(bytes: Buffer): Promise<BlobId> {
    const id = hashBytes(bytes);
    if (this.#claim(id)) {
      this.#small.push({ id, bytes });
      this.#smallBytes += bytes.length;
      this.#putBytes += bytes.length;
      if (this.#smallBytes >= BLOCK_TARGET_BYTES) await this.flush();
    }
    return toBlobId(id);
  }

  /** Appends what still waits for its block to be full: from here on `storedBytes` has all of it. */
  async flush(): Promise<void> {
    if (this.#small.length === 0) return;
    const plain = buildBlock(this.#small);
    this.#small = [];
    this.#smallBytes = 0;
    await this.addBlock(this.#host.compress(plain));
  }

  /**
   * Makes everything handed in so far durable, with `records`, and then visible.
   * @param remember changes of the scanner's memory that belong to it
   * @throws what lost a part of it meanwhile (`disk-full` …): capture again
   */
  async commit(
    records: readonly StoreRecord[],
    remember?: (change: CatalogChange) => void,
  ): Promise<void> {
    await this.flush();
    if (this.#claimed.size > 0) {
      this.#claimed.clear();
      throw new BulwarkError('internal', 'a claimed blob was never delivered');
    }
    await this.#host.commit({ records, remember, expectWhole: () => this.#expectWhole() });
  }

  /** Forgets everything. What was appended stays and is found by its hash. */
  release(): void {
    this.#claimed.clear();
    this.#small = [];
    this.#smallBytes = 0;
    this.#failures = this.#host.failures;
  }

  #claim(id: Buffer): boolean {
    const key = id.toString('latin1');
    if (this.#claimed.has(key) || this.#host.has(key, id)) return false;
    this.#claimed.add(key);
    return true;
  }

  #expectWhole(): void {
    if (this.#failures === this.#host.failures) return;
    this.release();
    throw this.#host.failure;
  }
}
