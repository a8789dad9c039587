import { ID_BYTES } from '../blob-id';
import type { Location } from '../catalog/location';
import { BLOB_ROW_BYTES } from './verify-pack';

/** Rows of one pack are numbered below this; a pack of 64 MiB holds far fewer. */
const ROWS_LIMIT = 2 ** 24;

/** Which blobs were read and found whole, and where. About 150 bytes a blob. */
export class VerifiedBlobs {
  readonly #packs: { id: string; rows: Buffer }[] = [];
  /** Binary id (latin1) to the pack and row in which it was first seen. */
  readonly #first = new Map<string, number>();
  /** Further places of a blob that was stored twice, which a crash can cause. */
  readonly #again = new Map<string, number[]>();

  /** Frames with a blob that was found whole. */
  readonly #frames = new Set<string>();

  /** How many different blobs there are. */
  get count(): number {
    return this.#first.size;
  }

  /** @param rows as `PackFindings` has them */
  add(packId: string, rows: Uint8Array): void {
    const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    const base = this.#packs.push({ id: packId, rows: bytes }) * ROWS_LIMIT - ROWS_LIMIT;
    for (let at = 0; at < bytes.length; at += BLOB_ROW_BYTES) {
      const key = bytes.toString('latin1', at, at + ID_BYTES);
      const place = base + at / BLOB_ROW_BYTES;
      this.#frames.add(frameKey(packId, bytes.readUInt32LE(at + ID_BYTES)));
      if (!this.#first.has(key)) this.#first.set(key, place);
      else this.#again.set(key, [...(this.#again.get(key) ?? []), place]);
    }
  }

  /** Whether the frame was read, so that what is in it is known. */
  hasFrame(packId: string, offset: number): boolean {
    return this.#frames.has(frameKey(packId, offset));
  }

  /** @param id binary (latin1) */
  has(id: string): boolean {
    return this.#first.has(id);
  }

  /** All ids, binary (latin1). */
  ids(): IterableIterator<string> {
    return this.#first.keys();
  }

  /** Length of a blob, bytes; null for one that was not found whole. */
  lengthOf(id: string): number | null {
    const first = this.#first.get(id);
    return first === undefined ? null : this.#location(first).length;
  }

  /** Where a blob was found, all places. */
  places(id: string): Location[] {
    const first = this.#first.get(id);
    if (first === undefined) return [];
    return [first, ...(this.#again.get(id) ?? [])].map((place) => this.#location(place));
  }

  /** Whether the blob was found whole in that very place. */
  isAt(id: string, location: Location): boolean {
    return this.places(id).some(
      (place) =>
        place.pack === location.pack &&
        place.frameOffset === location.frameOffset &&
        place.frameLength === location.frameLength &&
        place.offset === location.offset &&
        place.length === location.length,
    );
  }

  #location(place: number): Location {
    const pack = this.#packs[Math.floor(place / ROWS_LIMIT)];
    if (pack === undefined) throw new RangeError('no such pack');
    const at = (place % ROWS_LIMIT) * BLOB_ROW_BYTES + ID_BYTES;
    return {
      pack: pack.id,
      frameOffset: pack.rows.readUInt32LE(at),
      frameLength: pack.rows.readUInt32LE(at + 4),
      offset: pack.rows.readUInt32LE(at + 8),
      length: pack.rows.readUInt32LE(at + 12),
    };
  }
}

function frameKey(packId: string, offset: number): string {
  return `${packId}@${String(offset)}`;
}
