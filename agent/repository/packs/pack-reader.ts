import { open, type FileHandle } from 'node:fs/promises';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import type { Codecs } from './codec';
import { tableOf } from './block';
import {
  FRAME_HEADER_BYTES,
  frameLength,
  MAX_FRAME_BYTES,
  openFrame,
  parseFrameHeader,
  type FrameHeader,
} from './frame';
import { decodePackIndex, type IndexedFrame } from './pack-index';
import { PACK_HEADER_BYTES, packHeaderState } from './pack-header';
import { PACK_TRAILER_BYTES, PACK_TRAILER_MAGIC } from './pack-writer';

/** A frame with its plain payload. */
export interface ReadFrame {
  readonly header: FrameHeader;
  readonly offset: number;
  readonly length: number;
  readonly plain: Buffer;
}

/** One pack, open for reading. */
export class PackReader {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #key: Buffer;
  readonly #codecs: Codecs;

  private constructor(path: string, file: FileHandle, key: Buffer, codecs: Codecs) {
    this.path = path;
    this.#file = file;
    this.#key = key;
    this.#codecs = codecs;
  }

  /**
   * @param key of this pack, from `packKey`
   * @throws BulwarkError `path-missing` or `pack-damaged`
   */
  static async open(
    path: string,
    packId: string,
    key: Buffer,
    codecs: Codecs,
  ): Promise<PackReader> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      throw fileError(error, path);
    }
    const reader = new PackReader(path, file, key, codecs);
    try {
      const header = await reader.#bytes(0, PACK_HEADER_BYTES);
      // A header with a flipped bit hides nothing: the file's name tells the id as well.
      // Nor does one in the version: a newer pack's key is derived another way, so no frame verifies.
      if (
        packHeaderState(header, packId, key) === 'newer' &&
        !(await reader.#frameVerifies(PACK_HEADER_BYTES))
      )
        throw new BulwarkError('pack-damaged', `${path} was written by a newer Bulwark`);
      if (header.length < PACK_HEADER_BYTES)
        throw new BulwarkError('pack-damaged', `${path} is shorter than a pack's header`);
      return reader;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  /**
   * The frame at `offset`, decrypted and decompressed.
   * @param length whole frame in bytes where it is known, to read it at once
   * @throws BulwarkError `pack-damaged` when it does not verify
   */
  async readFrame(offset: number, length = 0): Promise<ReadFrame> {
    // A damaged trailer or index can say anything; nothing is read, or put aside for it, beyond what can be.
    const known = Math.min(Math.max(length, FRAME_HEADER_BYTES), MAX_FRAME_BYTES);
    const head = Number.isSafeInteger(offset) ? await this.#bytes(offset, known) : Buffer.alloc(0);
    const header = parseFrameHeader(head);
    if (header === null)
      throw new BulwarkError('pack-damaged', `${this.path}: no frame at ${String(offset)}`);
    const whole = frameLength(header);
    if (head.length < whole && offset + whole > (await this.size()))
      throw new BulwarkError('pack-damaged', `${this.path}: a frame is cut short`);
    const frame = head.length >= whole ? head : await this.#bytes(offset, whole);
    const plain = this.#codecs.decode(
      header.codec,
      openFrame(this.#key, header, frame),
      header.plainLength,
    );
    return { header, offset, length: whole, plain };
  }

  /** The frames of a sealed pack from its index, or null when it is not sealed (or that is damaged). */
  async readIndex(): Promise<IndexedFrame[] | null> {
    const size = await this.size();
    if (size < PACK_HEADER_BYTES + PACK_TRAILER_BYTES) return null;
    const trailer = await this.#bytes(size - PACK_TRAILER_BYTES, PACK_TRAILER_BYTES);
    if (!trailer.subarray(0, 8).equals(PACK_TRAILER_MAGIC)) return null;
    const offset = Number(trailer.readBigUInt64LE(8));
    try {
      const frame = await this.readFrame(offset);
      return frame.header.type === 'index' ? decodePackIndex(frame.plain) : null;
    } catch (error) {
      if (error instanceof BulwarkError && error.reason === 'pack-damaged') return null;
      throw error;
    }
  }

  /**
   * Reads frames in order from `offset` until the end or the first that does not verify.
   * A torn tail (a crash while appending) simply ends the walk.
   */
  async *frames(offset = PACK_HEADER_BYTES): AsyncGenerator<ReadFrame> {
    let at = offset;
    for (;;) {
      let frame: ReadFrame;
      try {
        frame = await this.readFrame(at);
      } catch (error) {
        if (error instanceof BulwarkError && error.reason === 'pack-damaged') return;
        throw error;
      }
      yield frame;
      at += frame.length;
    }
  }

  /**
   * Where the next frame after a damaged one begins, or null when there is none.
   * So one bad frame hides nothing but itself.
   */
  async nextFrameAfter(offset: number): Promise<number | null> {
    const step = 1024 * 1024;
    let at = offset + 1;
    for (;;) {
      const bytes = await this.#bytes(at, step);
      if (bytes.length < FRAME_HEADER_BYTES) return null;
      for (let i = bytes.indexOf('BWFR'); i !== -1; i = bytes.indexOf('BWFR', i + 1)) {
        const found = await this.#frameVerifies(at + i);
        if (found) return at + i;
      }
      at += bytes.length - FRAME_HEADER_BYTES + 1;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #frameVerifies(offset: number): Promise<boolean> {
    try {
      await this.readFrame(offset);
      return true;
    } catch (error) {
      if (error instanceof BulwarkError && error.reason === 'pack-damaged') return false;
      throw error;
    }
  }

  async #bytes(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const bytesRead = await this.#read(buffer, filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  async #read(buffer: Buffer, filled: number, position: number): Promise<number> {
    const length = buffer.length - filled;
    try {
      return (await this.#file.read(buffer, filled, length, position)).bytesRead;
    } catch (error) {
      if (errnoOf(error) !== 'EIO') throw error;
      throw new BulwarkError('pack-damaged', `${this.path}: the disk does not give its bytes`, {
        cause: error,
      });
    }
  }
}

/** What a frame holds, in the form that a pack's index has it; null for what no index lists. */
export function indexFrame(frame: ReadFrame): IndexedFrame | null {
  const { type } = frame.header;
  if (type === 'index' || type === 'keys') return null;
  // A copy: a view would keep the whole block in memory.
  const table = type === 'block' ? Buffer.from(tableOf(frame.plain)) : Buffer.alloc(0);
  return { type, offset: frame.offset, length: frame.length, table };
}
