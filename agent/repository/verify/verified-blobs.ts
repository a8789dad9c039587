import { ID_BYTES } from '../blob-id';
import type { Location } from '../catalog/location';
import { BLOB_ROW_BYTES } from './verify-pack';

/** Slots of the table that are used at most, of four. */
const FULL_OF_FOUR = 3;
const FIRST_SLOTS = 1024;

/** The blobs of one pack. */
interface PackRows {
  readonly id: string;
  readonly rows: Buffer;
  /** Number of its first row among all rows. */
  readonly first: number;
}

/**
 * Which blobs were read and found whole, and where. Everything is in flat memory, about 60 bytes a
 * blob: the rows as the packs gave them, a table of row numbers over them (open addressing; SHA-256
 * needs no further hashing), and a bit a row.
 */
export class VerifiedBlobs {
  readonly #packs: PackRows[] = [];
  readonly #byId = new Map<string, PackRows>();
  /** Row numbers and one more; 0 is free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #rows = 0;
  #count = 0;
  #marks = new Uint8Array(0);

  /** How many different blobs there are. */
  get count(): number {
    return this.#count;
  }

  /** @param rows as `PackFindings` has them */
  add(packId: string, rows: Uint8Array): void {
    const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    const pack = { id: packId, rows: bytes, first: this.#rows };
    this.#packs.push(pack);
    this.#byId.set(packId, pack);
    for (let at = 0; at < bytes.length; at += BLOB_ROW_BYTES) {
      if ((this.#rows + 1) * 4 > this.#slots.length * FULL_OF_FOUR) this.#grow();
      if (this.#insert(this.#rows, bytes, at)) this.#count += 1;
      this.#rows += 1;
    }
  }

  /** Whether the frame was read and held blobs that are whole, so that what is in it is known. */
  hasFrame(packId: string, offset: number): boolean {
    const pack = this.#byId.get(packId);
    if (pack === undefined) return false;
    // Rows stand in the order of their frames.
    let [low, high] = [0, pack.rows.length / BLOB_ROW_BYTES];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (frameOf(pack.rows, middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low * BLOB_ROW_BYTES < pack.rows.length && frameOf(pack.rows, low) === offset;
  }

  /** @param id binary */
  has(id: Buffer): boolean {
    return this.#find(id, 0) !== null;
  }

  /** Length of a blob, bytes; null for one that was not found whole. @param id binary */
  lengthOf(id: Buffer): number | null {
    const row = this.#find(id, 0);
    return row === null ? null : this.#location(row).length;
  }

  /** Where a blob was found: more than one place where it was stored twice, which a crash can cause. @param id binary */
  places(id: Buffer): Location[] {
    return [...this.#rowsOf(id, 0)].map((row) => this.#location(row));
  }

  /** Whether the blob was found whole in that very place. @param id binary */
  isAt(id: Buffer, location: Location): boolean {
    for (const row of this.#rowsOf(id, 0)) {
      const place = this.#location(row);
      if (
        place.pack === location.pack &&
        place.frameOffset === location.frameOffset &&
        place.frameLength === location.frameLength &&
        place.offset === location.offset &&
        place.length === location.length
      )
        return true;
    }
    return false;
  }

  /** Notes that somebody knows of a blob. @param id binary */
  mark(id: Buffer): void {
    if (this.#marks.length * 8 < this.#rows) {
      const marks = new Uint8Array(Math.ceil(this.#rows / 8));
      marks.set(this.#marks);
      this.#marks = marks;
    }
    for (const row of this.#rowsOf(id, 0))
      this.#marks[row >>> 3] = (this.#marks[row >>> 3] ?? 0) | (1 << (row & 7));
  }

  /** Binary ids of the blobs of which nobody knows, each once. */
  *unmarked(): Generator<Buffer> {
    for (const { rows, first } of this.#packs)
      for (let at = 0; at < rows.length; at += BLOB_ROW_BYTES) {
        const row = first + at / BLOB_ROW_BYTES;
        if (((this.#marks[row >>> 3] ?? 0) >>> (row & 7)) % 2 === 1) continue;
        if (this.#find(rows, at) === row) yield rows.subarray(at, at + ID_BYTES);
      }
  }

  /** @returns whether no other row has this id */
  #insert(row: number, bytes: Uint8Array, offset: number): boolean {
    const mask = this.#slots.length - 1;
    let isNew = true;
    for (let i = hashOf(bytes, offset) & mask; ; i = (i + 1) & mask) {
      const other = this.#slots[i] ?? 0;
      if (other === 0) {
        this.#slots[i] = row + 1;
        return isNew;
      }
      isNew &&= !this.#isOf(other - 1, bytes, offset);
    }
  }

  /** The first row with an id; null when there is none. */
  #find(id: Uint8Array, offset: number): number | null {
    for (const row of this.#rowsOf(id, offset)) return row;
    return null;
  }

  /** All rows with an id, in the order in which they came. */
  *#rowsOf(id: Uint8Array, offset: number): Generator<number> {
    const mask = this.#slots.length - 1;
    for (let i = hashOf(id, offset) & mask; ; i = (i + 1) & mask) {
      const row = this.#slots[i] ?? 0;
      if (row === 0) return;
      if (this.#isOf(row - 1, id, offset)) yield row - 1;
    }
  }

  #isOf(row: number, id: Uint8Array, offset: number): boolean {
    const { rows, first } = this.#packOf(row);
    const at = (row - first) * BLOB_ROW_BYTES;
    for (let i = 0; i < ID_BYTES; i++) if (rows[at + i] !== id[offset + i]) return false;
    return true;
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let row = 0; row < this.#rows; row++) {
      const { rows, first } = this.#packOf(row);
      this.#insert(row, rows, (row - first) * BLOB_ROW_BYTES);
    }
  }

  #packOf(row: number): PackRows {
    let [low, high] = [0, this.#packs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#packs[middle]?.first ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    const pack = this.#packs[low];
    if (pack === undefined) throw new RangeError('no such row');
    return pack;
  }

  #location(row: number): Location {
    const { id, rows, first } = this.#packOf(row);
    const at = (row - first) * BLOB_ROW_BYTES + ID_BYTES;
    return {
      pack: id,
      frameOffset: rows.readUInt32LE(at),
      frameLength: rows.readUInt32LE(at + 4),
      offset: rows.readUInt32LE(at + 8),
      length: rows.readUInt32LE(at + 12),
    };
  }
}

function frameOf(rows: Buffer, row: number): number {
  return rows.readUInt32LE(row * BLOB_ROW_BYTES + ID_BYTES);
}

function hashOf(id: Uint8Array, offset: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [id[offset], id[offset + 1], id[offset + 2], id[offset + 3]];
  return a | (b << 8) | (c << 16) | (d << 24);
}
