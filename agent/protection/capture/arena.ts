import { finishBlock, headLength } from '../../repository/packs/block';

interface Blob {
  readonly id: Buffer;
  readonly start: number;
  readonly length: number;
}

/** Memory in which blobs gather one after the other, with room for a block's head before them. */
export class Arena {
  readonly #memory: Buffer;
  readonly #first: number;
  readonly #maxBlobs: number;
  #blobs: Blob[] = [];
  #end: number;
  #room = 0;

  /**
   * @param bytes of all blobs together, at most
   * @param maxBlobs how many there may be
   */
  constructor(bytes: number, maxBlobs: number) {
    this.#first = headLength(maxBlobs);
    this.#end = this.#first;
    this.#memory = Buffer.allocUnsafeSlow(this.#first + bytes);
    this.#maxBlobs = maxBlobs;
  }

  get isEmpty(): boolean {
    return this.#blobs.length === 0;
  }

  /** Bytes of the blobs that have gathered. */
  get bytes(): number {
    return this.#end - this.#first;
  }

  /** Whether a blob of `bytes` has room beside those that are here. */
  fits(bytes: number): boolean {
    return this.#blobs.length < this.#maxBlobs && this.#end + bytes <= this.#memory.length;
  }

  /** Memory behind the last blob. */
  room(bytes: number): Buffer {
    this.#room = this.#end;
    return this.#memory.subarray(this.#room, this.#room + bytes);
  }

  /** Makes a blob of the first `length` bytes of the last room. */
  take(id: Buffer, length: number): void {
    this.#blobs.push({ id, start: this.#room, length });
    this.#end = this.#room + length;
  }

  ids(): Buffer {
    return Buffer.concat(this.#blobs.map(({ id }) => id));
  }

  /**
   * A block of the wanted blobs, in this memory: the others are closed up.
   * @param wanted one byte a blob: 1 for those that go in
   * @returns the block and the bytes of its blobs; null when none is wanted
   */
  block(wanted: Uint8Array): { plain: Buffer; blobBytes: number } | null {
    const blobs = this.#blobs.filter((_, i) => wanted[i] === 1);
    if (blobs.length === 0) return null;
    let end = this.#first;
    for (const { start, length } of blobs) {
      if (start !== end) this.#memory.copyWithin(end, start, start + length);
      end += length;
    }
    return {
      plain: finishBlock(this.#memory, this.#first, blobs),
      blobBytes: end - this.#first,
    };
  }

  clear(): void {
    this.#blobs = [];
    this.#end = this.#first;
  }
}
