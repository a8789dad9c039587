import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { hashBytes, toBlobId, type BlobId } from '../../repository/blob-id';
import { CHUNK_MAX_BYTES, nextCut } from '../../repository/chunker';
import { errnoOf } from '../../support/errors';
import { toFsPath } from '../../support/names';
import { signatureOf, type FileToRead } from './folder-listing';
import type { RememberedEntry, Signature } from './folder-memory';

/** Where blobs are put: memory that is used again and again, not a new piece for each. */
export interface BlobSink {
  /** Memory for a blob of up to `bytes`; it is the reader's until the next call. */
  room(bytes: number): Promise<Buffer>;
  /** Takes the blob with this binary id: the first `length` bytes of the last room. */
  take(id: Buffer, length: number): void;
}

/** Files up to this size are one blob; larger ones are cut by content. */
const WHOLE_FILE_BYTES = 512 * 1024;
const ATTEMPTS = 3;

/** How recent a change may be before its times cannot be told from a later one's: kernel ticks; FAT. */
const TICK_NS = 20_000_000n;
const COARSE_NS = 2_000_000_000n;

/** Links that appear in place of a file are not followed; pipes that do are not waited for. */
const OPEN_FLAGS = constants.O_RDONLY | flag('O_NOFOLLOW') | flag('O_NONBLOCK');

/** Windows has neither of them. */
function flag(name: 'O_NOFOLLOW' | 'O_NONBLOCK'): number {
  return Object.hasOwn(constants, name) ? constants[name] : 0;
}

/** Reads files into blobs, again when they change under its hands. */
export class FileReader {
  readonly #sink: BlobSink;
  readonly #window: Buffer;

  /** @param window memory for parts of large files, more than the longest chunk */
  constructor(sink: BlobSink, window: Buffer) {
    this.#sink = sink;
    this.#window = window;
  }

  /** @returns null when the file has gone meanwhile */
  async read(file: FileToRead): Promise<RememberedEntry | null> {
    let descriptor: number;
    try {
      descriptor = openSync(toFsPath(file.path), OPEN_FLAGS);
    } catch (error) {
      return unreadable(file, error);
    }
    try {
      return await this.#readOpen(file, descriptor);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return unreadable(file, error);
    } finally {
      closeSync(descriptor);
    }
  }

  async #readOpen(file: FileToRead, descriptor: number): Promise<RememberedEntry> {
    let { size, signature: before } = file;
    for (let attempt = 1; ; attempt++) {
      const content =
        size <= WHOLE_FILE_BYTES
          ? await this.#whole(descriptor, size)
          : await this.#chunks(descriptor);
      const stats = fstatSync(descriptor, { bigint: true });
      const after = signatureOf(stats);
      const stable =
        stats.size === BigInt(content.size) &&
        after.mtime === before.mtime &&
        after.ctime === before.ctime &&
        after.inode === before.inode;
      if (!stable && attempt < ATTEMPTS) {
        size = Number(stats.size);
        before = after;
        continue;
      }
      const signature: Signature = { ...after, settled: stable && isSettled(after) };
      const mode = Number(stats.mode & 0o7777n);
      return { entry: { kind: 'file', name: file.name, mode, ...content }, signature, times: null };
    }
  }

  async #whole(descriptor: number, expected: number): Promise<Content> {
    // One byte more than expected shows a file that has grown.
    const buffer = await this.#sink.room(expected + 1);
    const length = fill(descriptor, buffer, { at: 0, position: 0, expected });
    if (length === 0) return { size: 0, id: null, chunked: false };
    const id = hashBytes(buffer.subarray(0, length));
    this.#sink.take(id, length);
    return { size: length, id: toBlobId(id), chunked: false };
  }

  async #chunks(descriptor: number): Promise<Content> {
    const window = this.#window;
    const ids: Buffer[] = [];
    let start = 0;
    let filled = 0;
    let position = 0;
    let ended = false;
    for (;;) {
      if (!ended && filled - start < CHUNK_MAX_BYTES) {
        window.copyWithin(0, start, filled);
        filled -= start;
        start = 0;
        const got = fill(descriptor, window, { at: filled, position });
        position += got;
        ended = filled + got < window.length;
        filled += got;
      }
      if (start === filled) break;
      const end = nextCut(window, start, filled);
      ids.push(await this.#put(window.subarray(start, end)));
      start = end;
    }
    if (ids.length === 0) return { size: 0, id: null, chunked: false };
    const id = await this.#put(Buffer.concat(ids));
    return { size: position, id: toBlobId(id), chunked: true };
  }

  /** @returns the blob's id */
  async #put(bytes: Buffer): Promise<Buffer> {
    const room = await this.#sink.room(bytes.length);
    bytes.copy(room);
    const id = hashBytes(bytes);
    this.#sink.take(id, bytes.length);
    return id;
  }
}

interface Content {
  readonly size: number;
  readonly id: BlobId | null;
  readonly chunked: boolean;
}

/**
 * Reads from `position` until the buffer is full or the file ends.
 * @param place.expected bytes after which the file ends, unless it has grown: a call that stops
 *   there has met the end, and another one to be told so is saved
 * @returns bytes read
 */
function fill(
  descriptor: number,
  buffer: Buffer,
  { at, position, expected }: { at: number; position: number; expected?: number },
): number {
  let filled = 0;
  while (at + filled < buffer.length) {
    const room = buffer.length - at - filled;
    const got = readSync(descriptor, buffer, at + filled, room, position + filled);
    filled += got;
    if (got === 0 || (got < room && filled === expected)) break;
  }
  return filled;
}

/** Whether a later change must show in the times: they are older than a tick of the file system's clock. */
function isSettled({ mtime, ctime }: Signature): boolean {
  const newest = mtime > ctime ? mtime : ctime;
  const coarse = ctime % 1_000_000n === 0n;
  return newest + (coarse ? COARSE_NS : TICK_NS) < wallClock();
}

/** The file system stamps with the wall clock, so it is compared with that one. */
function wallClock(): bigint {
  return BigInt(Math.floor(performance.timeOrigin + performance.now())) * 1_000_000n;
}

function unreadable(file: FileToRead, error: unknown): RememberedEntry | null {
  const code = errnoOf(error);
  if (code === 'ENOENT') return null;
  return {
    entry: {
      kind: 'excluded',
      name: file.name,
      reason: 'unreadable',
      rule: code ?? 'unknown',
      bytes: file.size,
    },
    signature: { mtime: 0n, ctime: 0n, inode: 0n, settled: true },
    times: null,
  };
}
