import { ByteWriter } from '../../support/bytes';
import { BulwarkError, messageOf } from '../../support/errors';
import { hashBytes, ID_BYTES, toBlobId } from '../blob-id';
import { listTable } from '../packs/block';
import { commitFromOf, unfinishedFrom, type SeenFrame } from '../packs/commit-group';
import type { Codecs } from '../packs/codec';
import { DiskFile, WINDOW_BYTES } from '../packs/disk-file';
import { FRAME_HEADER_BYTES, frameLength, openFrame, parseFrameHeader } from '../packs/frame';
import { decodePackIndex, type IndexedFrame } from '../packs/pack-index';
import { PACK_HEADER_BYTES, packHeaderState } from '../packs/pack-header';
import { indexFrame, type ReadFrame } from '../packs/pack-reader';
import { PACK_TRAILER_BYTES, PACK_TRAILER_MAGIC } from '../packs/pack-writer';

/** One verified blob: id (32), then frame offset, frame length, offset, length (u32 each). */
export const BLOB_ROW_BYTES = ID_BYTES + 16;

/** Something in a pack that is not what was written. */
export interface PackFault {
  readonly what: 'pack' | 'frame' | 'blob';
  /** Where the frame begins, bytes; null for the pack as a whole. */
  readonly offset: number | null;
  /** The blob's id, for a blob. */
  readonly id: string | null;
  readonly message: string;
}

/** A record as it stands in a pack. */
export interface FoundRecord {
  /** Where its frame begins, bytes. */
  readonly offset: number;
  readonly json: string;
}

/** What reading a whole pack showed. */
export interface PackFindings {
  /** Rows of {@link BLOB_ROW_BYTES}, in the order of the pack. */
  readonly rows: Uint8Array;
  readonly records: readonly FoundRecord[];
  readonly faults: readonly PackFault[];
  /** Whether an index and a trailer end it. */
  readonly sealed: boolean;
  /** Where the bytes begin that no frame explains, or null. In an unsealed pack that is a torn tail. */
  readonly tail: number | null;
  /** Plain bytes of the blobs that verified. */
  readonly bytes: number;
  /** Bytes of the file that nothing whole explains. */
  readonly badBytes: number;
  /** The system's error code where the pack could not be opened; then nothing else is known of it. */
  readonly failed: string | null;
}

/**
 * Reads every frame of a pack from the disk and checks every blob against its id.
 * Synchronous but for `onBytes`: it runs in a worker thread.
 * @param onBytes told about every few megabytes; what it throws ends the reading
 * @throws BulwarkError `cancelled`, or a file system error as it is
 */
export async function verifyPack(
  pack: PackToCheck & { readonly direct: boolean },
  codecs: Codecs,
  onBytes: (bytes: number) => Promise<void>,
): Promise<PackFindings> {
  const file = new DiskFile(pack.path, pack);
  try {
    return await new PackCheck(file, pack, codecs).run(onBytes);
  } finally {
    file.close();
  }
}

interface PackToCheck {
  readonly path: string;
  readonly packId: string;
  readonly key: Uint8Array;
  /** Bytes that are known to be committed. */
  readonly covered: number;
}

class PackCheck {
  readonly #file: DiskFile;
  readonly #pack: PackToCheck;
  readonly #codecs: Codecs;
  readonly #rows = new ByteWriter(64 * 1024);
  readonly #records: FoundRecord[] = [];
  readonly #faults: PackFault[] = [];
  readonly #frames = new Map<number, IndexedFrame>();
  #gaps: { offset: number; why: string }[] = [];
  #index: { offset: number; end: number; frames: IndexedFrame[] } | null = null;
  readonly #seen: (SeenFrame & { readonly end: number })[] = [];
  #lastNumber = -1;
  #unfinishedAt: number | null = null;
  #bytes = 0;
  /** Bytes of whole frames. */
  #whole = 0;

  constructor(file: DiskFile, pack: PackToCheck, codecs: Codecs) {
    this.#file = file;
    this.#pack = pack;
    this.#codecs = codecs;
  }

  async run(onBytes: (bytes: number) => Promise<void>): Promise<PackFindings> {
    const head = this.#file.at(0, PACK_HEADER_BYTES);
    let state = packHeaderState(head, this.#pack.packId, this.#pack.key);
    // A newer pack's key is derived another way: where a frame verifies, only the header is wrong.
    if (state === 'newer' && typeof this.#read(PACK_HEADER_BYTES) !== 'string') state = 'damaged';
    if (state === 'newer') this.#fault('pack', null, 'it was written by a newer Bulwark');
    // A pack of a crash before its first flush has no whole header, and holds nothing.
    else if (state === 'damaged' && head.length === PACK_HEADER_BYTES)
      this.#fault('pack', null, 'its header is damaged');
    const tail = state === 'newer' ? null : await this.#walk(onBytes);
    const sealed = this.#checkEnd(tail);
    const torn = sealed ? null : (this.#unfinishedAt ?? tail);
    return {
      rows: this.#rows.take(),
      records: this.#records,
      faults: this.#faults,
      sealed,
      tail: torn,
      bytes: this.#bytes,
      badBytes: this.#badBytes(state, sealed, torn),
      failed: null,
    };
  }

  #badBytes(header: string, sealed: boolean, torn: number | null): number {
    const { size } = this.#file;
    const ends = (header === 'intact' ? PACK_HEADER_BYTES : 0) + (sealed ? PACK_TRAILER_BYTES : 0);
    return Math.max(0, (torn ?? size) - ends - this.#whole);
  }

  /** @returns where the last frame ends when bytes follow that are no trailer, else null */
  async #walk(onBytes: (bytes: number) => Promise<void>): Promise<number | null> {
    let at = PACK_HEADER_BYTES;
    let told = 0;
    let tail: number | null = null;
    while (at < this.#file.size) {
      if (this.#isTrailer(at)) break;
      const frame = this.#read(at);
      if (typeof frame === 'string') {
        this.#gaps.push({ offset: at, why: frame });
        const next = this.#nextFrame(at + 1);
        if (next === null) {
          tail = at;
          break;
        }
        at = next;
      } else {
        if (this.#take(frame)) this.#whole += frame.length;
        at += frame.length;
      }
      if (at - told >= WINDOW_BYTES) {
        await onBytes(at - told);
        told = at;
      }
    }
    await onBytes(this.#file.size - told);
    return tail;
  }

  /** The frame at `offset`, or why there is none. */
  #read(offset: number): ReadFrame | string {
    const header = parseFrameHeader(this.#file.at(offset, FRAME_HEADER_BYTES));
    if (header === null) return 'no frame begins here';
    const length = frameLength(header);
    try {
      const stored = openFrame(this.#pack.key, header, this.#file.at(offset, length));
      return {
        header,
        offset,
        length,
        plain: this.#codecs.decode(header.codec, stored, header.plainLength),
      };
    } catch (error) {
      if (error instanceof BulwarkError && error.reason !== 'codec-missing') return error.message;
      throw error;
    }
  }

  #nextFrame(from: number): number | null {
    let at = from;
    for (;;) {
      const bytes = this.#file.at(at, WINDOW_BYTES);
      if (bytes.length < FRAME_HEADER_BYTES) return null;
      for (let i = bytes.indexOf('BWFR'); i !== -1; i = bytes.indexOf('BWFR', i + 1))
        if (typeof this.#read(at + i) !== 'string') return at + i;
      at += bytes.length - FRAME_HEADER_BYTES + 1;
    }
  }

  /** @returns whether all of it is as it was written */
  #take(frame: ReadFrame): boolean {
    const faults = this.#faults.length;
    const { number, type } = frame.header;
    // A number that comes twice is a nonce that was used twice.
    if (number <= this.#lastNumber)
      this.#fault('frame', frame.offset, 'its number is out of order');
    this.#lastNumber = number;
    const commitFrom = type === 'record' ? commitFromOf(frame.plain) : null;
    this.#seen.push({ number, commitFrom, end: frame.offset + frame.length });
    try {
      const indexed = indexFrame(frame);
      if (type === 'index') {
        const frames = decodePackIndex(frame.plain);
        this.#index = { offset: frame.offset, end: frame.offset + frame.length, frames };
      } else if (indexed !== null) {
        this.#frames.set(frame.offset, indexed);
        if (type === 'record')
          this.#records.push({ offset: frame.offset, json: frame.plain.toString('utf8') });
        else this.#checkBlobs(frame, indexed.table);
      }
    } catch (error) {
      if (!(error instanceof BulwarkError) || error.reason !== 'pack-damaged') throw error;
      this.#fault('frame', frame.offset, messageOf(error));
    }
    return this.#faults.length === faults;
  }

  #checkBlobs({ plain, offset, length }: ReadFrame, table: Buffer): void {
    for (const blob of listTable(table)) {
      if (!hashBytes(plain.subarray(blob.offset, blob.offset + blob.length)).equals(blob.id)) {
        const message = 'its bytes are not those that its id names';
        this.#faults.push({ what: 'blob', offset, id: toBlobId(blob.id), message });
        continue;
      }
      this.#rows.raw(blob.id);
      for (const value of [offset, length, blob.offset, blob.length]) this.#rows.u32(value);
      this.#bytes += blob.length;
    }
  }

  /** Compares the index with the frames. @returns whether the pack is sealed */
  #checkEnd(tail: number | null): boolean {
    const trailerAt = this.#file.size - PACK_TRAILER_BYTES;
    const sealed = trailerAt >= PACK_HEADER_BYTES && this.#isTrailer(trailerAt);
    const index = this.#index;
    if (index !== null) {
      this.#compare(index.frames);
      this.#checkTrailer(index, sealed);
      return sealed;
    }
    // What follows the last whole frame of an unsealed pack was being written when it was left.
    if (!sealed && tail !== null) this.#gaps.pop();
    if (!sealed) this.#dropUnfinished();
    const indexAt = sealed ? this.#trailerOffset(trailerAt) : null;
    for (const { offset, why } of this.#gaps)
      if (offset !== indexAt) this.#fault('frame', offset, why);
    if (indexAt !== null)
      this.#fault('frame', indexAt, "the pack's index is damaged; its frames are found without it");
    return sealed;
  }

  /** The last commit of a pack that was left open may be there in parts, which is no damage. */
  #dropUnfinished(): void {
    const from = unfinishedFrom(this.#seen);
    if (from === null || (this.#seen.at(-1)?.end ?? 0) <= this.#pack.covered) return;
    const before = this.#seen.filter(({ number }) => number < from).at(-1);
    const start = before?.end ?? PACK_HEADER_BYTES;
    this.#unfinishedAt = start;
    this.#gaps = this.#gaps.filter(({ offset }) => offset < start);
    const records = this.#seen.filter(
      ({ number, commitFrom }) => commitFrom !== null && number >= from,
    );
    this.#records.splice(this.#records.length - records.length);
  }

  #compare(listed: readonly IndexedFrame[]): void {
    const gaps = new Map(this.#gaps.map(({ offset, why }) => [offset, why]));
    for (const entry of listed) {
      const frame = this.#frames.get(entry.offset);
      this.#frames.delete(entry.offset);
      if (frame === undefined)
        this.#fault('frame', entry.offset, gaps.get(entry.offset) ?? 'it cannot be found');
      else if (!sameFrame(frame, entry))
        this.#fault('frame', entry.offset, "the pack's index tells something else about it");
      gaps.delete(entry.offset);
    }
    for (const offset of this.#frames.keys())
      this.#fault('frame', offset, "the pack's index does not list it");
    const known = new Set(listed.map(({ offset }) => offset));
    for (const [offset, why] of gaps)
      if (!known.has(offset) && offset < (this.#index?.offset ?? 0))
        this.#fault('frame', offset, why);
  }

  #checkTrailer(index: { offset: number; end: number }, sealed: boolean): void {
    if (sealed) {
      if (this.#trailerOffset(this.#file.size - PACK_TRAILER_BYTES) !== index.offset)
        this.#fault('pack', null, 'its trailer points to another place than its index');
      return;
    }
    const rest = this.#file.at(index.end, PACK_TRAILER_BYTES);
    // A crash while sealing leaves a short trailer, or one of zeros.
    if (rest.length === PACK_TRAILER_BYTES && rest.some((byte) => byte !== 0))
      this.#fault('pack', null, 'its trailer is damaged');
  }

  #isTrailer(offset: number): boolean {
    if (offset !== this.#file.size - PACK_TRAILER_BYTES) return false;
    return this.#file.at(offset, 8).equals(PACK_TRAILER_MAGIC);
  }

  #trailerOffset(trailerAt: number): number {
    return Number(this.#file.at(trailerAt, PACK_TRAILER_BYTES).readBigUInt64LE(8));
  }

  #fault(what: 'pack' | 'frame', offset: number | null, message: string): void {
    this.#faults.push({ what, offset, id: null, message });
  }
}

function sameFrame(a: IndexedFrame, b: IndexedFrame): boolean {
  return a.type === b.type && a.length === b.length && a.table.equals(b.table);
}
