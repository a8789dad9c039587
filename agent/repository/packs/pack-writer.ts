import * as crypto from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../support/atomic-file';
import { BulwarkError, fileError } from '../../support/errors';
import { packKey, sealFrame, type FrameType } from './frame';
import type { MasterKeys } from '../keys/keys';
import { encodePackHeader, PACK_HEADER_BYTES } from './pack-header';
import { encodePackIndex, type IndexedFrame } from './pack-index';

/** At the end of a sealed pack: `BULWSEAL`, offset of the index frame u64. */
export const PACK_TRAILER_BYTES = 16;
export const PACK_TRAILER_MAGIC = Buffer.from('BULWSEAL', 'latin1');
/** A pack is sealed when it has grown beyond this. */
export const PACK_TARGET_BYTES = 64 * 1024 * 1024;

const WRITE_BEHIND_BYTES = 1024 * 1024;

/** File name of a pack in the packs folder. */
export function packFileName(packId: string): string {
  return `${packId}.pack`;
}

/** What goes into a frame. */
export interface Payload {
  readonly type: FrameType;
  readonly codec: number;
  readonly plainLength: number;
  readonly payload: Buffer;
  /** The table of a block, kept; empty for a record. */
  readonly table: Buffer;
}

/**
 * The one open pack of a store. Frames are only ever appended, and a pack that
 * another process left open is never written to again: its frame numbers, and
 * so its nonces, stay used once.
 */
export class PackWriter {
  readonly id: string;
  readonly #file: FileHandle;
  readonly #folder: string;
  readonly #key: Buffer;
  readonly #codecNone = 0;
  readonly #frames: IndexedFrame[] = [];
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #length = PACK_HEADER_BYTES;
  #synced = false;
  #flushedFrames = 0;
  #sealed = false;
  #nextNumber = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, id: string, file: FileHandle, key: Buffer) {
    this.#folder = folder;
    this.id = id;
    this.#file = file;
    this.#key = key;
  }

  /**
   * Starts a new pack in `folder`. Where there are older keys it begins with them, so that the
   * newest key and the packs are enough to read everything.
   */
  static async create(folder: string, { master, older }: MasterKeys): Promise<PackWriter> {
    const id = crypto.randomBytes(16).toString('hex');
    const path = join(folder, packFileName(id));
    try {
      const file = await open(path, 'wx', 0o600);
      const key = packKey(master, id);
      const writer = new PackWriter(folder, id, file, key);
      const header = encodePackHeader(id, key);
      writer.#waiting.push(header);
      writer.#waitingBytes = header.length;
      const payload = Buffer.concat(older);
      if (payload.length > 0)
        writer.#enqueue({ type: 'keys', codec: 0, plainLength: payload.length, payload });
      return writer;
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** How many of its frames are durable. */
  get flushedFrames(): number {
    return this.#flushedFrames;
  }

  /** Bytes of the pack so far, written or waiting. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a frame; it is durable after the next {@link flush}.
   * @returns its place, and a promise that resolves when the caller may go on: memory for
   *   waiting bytes is bounded
   */
  append(payload: Omit<Payload, 'type'> & { type: IndexedFrame['type'] }): {
    frame: IndexedFrame;
    written: Promise<void>;
  } {
    if (this.#sealed) throw new BulwarkError('internal', 'a sealed pack takes no more frames');
    const offset = this.#length;
    const length = this.#enqueue(payload);
    const frame = { type: payload.type, offset, length, table: payload.table };
    this.#frames.push(frame);
    const full = this.#waitingBytes >= WRITE_BEHIND_BYTES;
    return { frame, written: full ? this.#write() : Promise.resolve() };
  }

  /** @returns length of the whole frame, bytes */
  #enqueue(payload: Omit<Payload, 'table'>): number {
    const parts = sealFrame(this.#key, { ...payload, number: this.#nextNumber });
    this.#nextNumber += 1;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#length += length;
    this.#waiting.push(...parts);
    this.#waitingBytes += length;
    return length;
  }

  /** Makes everything appended so far durable. @returns the pack's length, bytes */
  async flush(): Promise<number> {
    // All of them: a pack can begin with one that its index does not tell of.
    const frames = this.#nextNumber;
    // Others may append meanwhile: that is durable with the next flush.
    const length = this.#length;
    await this.#write();
    try {
      await this.#file.datasync();
      if (!this.#synced) await syncFolder(this.#folder);
    } catch (error) {
      throw fileError(error, this.#folder);
    }
    this.#synced = true;
    this.#flushedFrames = frames;
    return length;
  }

  /** Ends the pack with its index, durably, and closes the file. */
  async seal(): Promise<number> {
    this.#sealed = true;
    const index = encodePackIndex(this.#frames);
    const offset = this.#length;
    const codec = this.#codecNone;
    this.#enqueue({ type: 'index', codec, plainLength: index.length, payload: index });
    const trailer = Buffer.alloc(PACK_TRAILER_BYTES);
    PACK_TRAILER_MAGIC.copy(trailer);
    trailer.writeBigUInt64LE(BigInt(offset), 8);
    this.#waiting.push(trailer);
    this.#length += trailer.length;
    const length = await this.flush();
    await this.#file.close();
    return length;
  }

  /**
   * Gives the pack up after a failure and gives its space back, so that a full disk does not stay full.
   * @param kept bytes from its beginning that something committed relies on; 0 removes the file
   */
  async abandon(kept: number): Promise<void> {
    this.#sealed = true;
    await this.#writing.catch(() => undefined);
    try {
      // Nothing is appended to it again, so no number, and no nonce, comes twice.
      if (kept > 0) await this.#file.truncate(kept);
    } finally {
      await this.#file.close();
    }
    if (kept === 0) await rm(join(this.#folder, packFileName(this.id)), { force: true });
  }

  /** Ends it where only the catalog has failed: what is durable stays, to be read in from the pack. */
  async leave(): Promise<void> {
    this.#sealed = true;
    await this.#writing.catch(() => undefined);
    // Sealing may have closed it already.
    await this.#file.close().catch(() => undefined);
  }

  #write(): Promise<void> {
    const parts = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#writing = this.#writing.then(async () => {
      try {
        await writeFully(this.#file, parts);
      } catch (error) {
        throw fileError(error, join(this.#folder, packFileName(this.id)));
      }
    });
    return this.#writing;
  }
}

/** Writes all parts, also where the system takes only some of their bytes at a time. */
async function writeFully(file: FileHandle, parts: readonly Buffer[]): Promise<void> {
  let rest = parts;
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest);
    const left: Buffer[] = [];
    for (const part of rest) {
      if (bytesWritten < part.length) left.push(part.subarray(bytesWritten));
      bytesWritten = Math.max(0, bytesWritten - part.length);
    }
    rest = left;
  }
}
