/** A named thing in a blob store. */
export interface StoredBlob {
  /** As it was put: parts of lower-case letters, digits, `.`, `_` and `-`, with `/` between them. */
  readonly name: string;
  /** Length. */
  readonly bytes: number;
}

/** What is put: pieces in order, and how many bytes they have in all. */
export interface BlobContent {
  readonly bytes: number;
  readonly pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * A place that keeps whole named things: sealed packs, `config.json`. A folder is one, so is object
 * storage. Things are never changed in part. Errors are `BulwarkError`: `path-missing` (what is read
 * is not there, or the place itself is gone), `disk-full`, `permission-denied`, `cancelled` …
 *
 * Every implementation must pass the suite in `test/support/blob-store-conformance.ts`.
 */
export interface BlobStore {
  /** Where it is, for people. */
  readonly place: string;
  /**
   * Keeps `content` under `name`, durably, in the place of what was there. Others see what was there
   * before or the whole of the new, never a part; a failure changes nothing.
   * @throws `verification-failed` when the pieces are not as long as was said
   */
  put(name: string, content: BlobContent, signal?: AbortSignal): Promise<void>;
  /** A part of it; fewer bytes where it ends before. @throws `path-missing` */
  get(name: string, range: { readonly offset: number; readonly length: number }): Promise<Buffer>;
  /** Null where there is none. */
  stat(name: string): Promise<StoredBlob | null>;
  /** All whose names begin with `prefix`, in no order. */
  list(prefix: string): AsyncIterable<StoredBlob>;
  /** Removes it, durably; there need not be any. */
  delete(name: string): Promise<void>;
  /** Where it lies as a file on this machine, for readers that need one; null where it does not. */
  localPath(name: string): string | null;
}

const PIECE_BYTES = 4 * 1024 * 1024;

/** Everything under `name`, or its first `bytes`, piece by piece, to be put elsewhere. */
export async function* piecesOf(
  store: BlobStore,
  name: string,
  bytes: number,
): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes;) {
    const length = Math.min(PIECE_BYTES, bytes - offset);
    const piece = await store.get(name, { offset, length });
    if (piece.length === 0) return;
    yield piece;
    offset += piece.length;
  }
}
