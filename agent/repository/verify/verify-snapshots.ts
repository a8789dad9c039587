import { BulwarkError, messageOf, throwIfAborted } from '../../support/errors';
import { hashBytes, ID_BYTES, toBlobId, type BlobId } from '../blob-id';
import { IdSet } from '../gc/id-set';
import type { Repository } from '../repository';
import type { SnapshotRecord } from '../record';
import { decodeTimes, decodeTree, type FileEntry, type TreeEntry } from '../tree';
import type { VerifiedBlobs } from './verified-blobs';

/** Something that a snapshot needs and does not have. */
export interface Lack {
  readonly kind: 'blob' | 'tree';
  readonly id: BlobId;
  readonly message: string;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Finds what snapshots lack. Each different tree, times object and list of
 * chunks is read once, however many snapshots share it.
 */
export class SnapshotCheck {
  readonly #repository: Pick<Repository, 'read'>;
  readonly #verified: Pick<VerifiedBlobs, 'lengthOf'>;
  readonly #signal: AbortSignal | undefined;
  /** Trees (with their times) and lists of chunks below which nothing lacks: nearly all of them. */
  readonly #whole = new IdSet();
  /** Keys of what is lacking below the others. */
  readonly #lacking = new Map<string, ReadonlySet<string>>();
  readonly #lacks = new Map<string, Lack>();

  /** @param verified which blobs are there, and how long they are */
  constructor(
    repository: Pick<Repository, 'read'>,
    verified: Pick<VerifiedBlobs, 'lengthOf'>,
    signal: AbortSignal | undefined,
  ) {
    this.#repository = repository;
    this.#verified = verified;
    this.#signal = signal;
  }

  /** All that the snapshot lacks. */
  async lacksOf(snapshot: SnapshotRecord): Promise<Lack[]> {
    const keys = new Set<string>();
    for (const { tree, times } of snapshot.roots)
      for (const key of await this.#folder(tree, times)) keys.add(key);
    return [...keys].flatMap((key) => this.#lacks.get(key) ?? []);
  }

  async #folder(tree: BlobId, times: BlobId): Promise<ReadonlySet<string>> {
    const key = tree + times;
    const known = this.#recall(key);
    if (known !== null) return known;
    throwIfAborted(this.#signal);
    const lacking = new Set<string>();
    const entries = await this.#read(tree, 'folder', decodeTree, lacking);
    const moments = await this.#read(times, 'times of a folder', decodeTimes, lacking);
    if (entries !== null) {
      if (moments !== null && moments.length !== entries.length)
        this.#add(lacking, 'tree', times, 'its times are not those of its entries');
      for (const [i, entry] of entries.entries()) {
        const below = moments?.[i]?.times ?? null;
        if (entry.kind === 'folder' && below === null && moments !== null)
          this.#add(lacking, 'tree', times, 'the times of a folder in it are not named');
        await this.#entry(entry, below, lacking);
      }
    }
    return this.#remember(key, lacking);
  }

  async #entry(entry: TreeEntry, times: BlobId | null, lacking: Set<string>): Promise<void> {
    if (entry.kind === 'file') await this.#file(entry, lacking);
    if (entry.kind !== 'folder') return;
    if (times === null) {
      // Without its times, which is told elsewhere, what a folder holds is still worth a look.
      for (const key of await this.#withoutTimes(entry.tree)) lacking.add(key);
      return;
    }
    for (const key of await this.#folder(entry.tree, times)) lacking.add(key);
  }

  async #withoutTimes(tree: BlobId): Promise<ReadonlySet<string>> {
    const known = this.#recall(tree);
    if (known !== null) return known;
    const lacking = new Set<string>();
    const entries = await this.#read(tree, 'folder', decodeTree, lacking);
    for (const entry of entries ?? []) await this.#entry(entry, null, lacking);
    return this.#remember(tree, lacking);
  }

  async #file({ id, size, chunked }: FileEntry, lacking: Set<string>): Promise<void> {
    if (id === null) return;
    if (!chunked) {
      const length = this.#lengthOf(id);
      if (length === null) this.#add(lacking, 'blob', id, 'the content of a file is missing');
      else if (length !== size)
        this.#add(lacking, 'tree', id, 'a file has another size than its folder tells');
      return;
    }
    const key = `${id}${String(size)}`;
    let found = this.#recall(key);
    if (found === null) {
      const own = new Set<string>();
      await this.#chunks(id, size, own);
      found = this.#remember(key, own);
    }
    for (const lack of found) lacking.add(lack);
  }

  async #chunks(id: BlobId, size: number, lacking: Set<string>): Promise<void> {
    const list = await this.#read(id, 'list of chunks', (bytes) => bytes, lacking);
    if (list === null) return;
    if (list.length % ID_BYTES !== 0) {
      this.#add(lacking, 'tree', id, 'a list of chunks has a broken length');
      return;
    }
    let total = 0;
    const before = lacking.size;
    for (let at = 0; at < list.length; at += ID_BYTES) {
      const chunk = toBlobId(list, at);
      const length = this.#lengthOf(chunk);
      if (length === null) this.#add(lacking, 'blob', chunk, 'a part of a file is missing');
      else total += length;
    }
    if (lacking.size === before && total !== size)
      this.#add(lacking, 'tree', id, 'the parts of a file do not add up to its size');
  }

  async #read<T>(
    id: BlobId,
    what: string,
    decode: (bytes: Buffer) => T,
    lacking: Set<string>,
  ): Promise<T | null> {
    if (this.#lengthOf(id) === null) {
      this.#add(lacking, 'blob', id, `the ${what} is missing`);
      return null;
    }
    try {
      return decode(await this.#repository.read(id));
    } catch (error) {
      if (!(error instanceof BulwarkError)) throw error;
      this.#add(lacking, 'tree', id, messageOf(error));
      return null;
    }
  }

  /** Length of a blob that verified, bytes; null for any other. */
  #lengthOf(id: BlobId): number | null {
    return this.#verified.lengthOf(Buffer.from(id, 'hex'));
  }

  /** What is lacking below something that was looked at before, else null. */
  #recall(key: string): ReadonlySet<string> | null {
    return this.#whole.has(nameOf(key)) ? NOTHING : (this.#lacking.get(key) ?? null);
  }

  #remember(key: string, lacking: ReadonlySet<string>): ReadonlySet<string> {
    if (lacking.size === 0) this.#whole.add(nameOf(key));
    else this.#lacking.set(key, lacking);
    return lacking;
  }

  #add(lacking: Set<string>, kind: Lack['kind'], id: BlobId, message: string): void {
    const key = `${kind}:${id}`;
    lacking.add(key);
    if (!this.#lacks.has(key)) this.#lacks.set(key, { kind, id, message });
  }
}

function nameOf(key: string): Buffer {
  return hashBytes(Buffer.from(key, 'latin1'));
}
