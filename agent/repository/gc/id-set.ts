import { ID_BYTES } from '../blob-id';

/** Words of an id that are kept: 128 bits, so that no two ids can be made to look alike. */
const WORDS = 4;

/**
 * A set of blob ids in flat memory: about 32 bytes an id and nothing for the collector to walk, where
 * a set of strings takes four times that. Open addressing; SHA-256 needs no further hashing.
 */
export class IdSet {
  #slots: Uint32Array;
  #capacity: number;
  #size = 0;

  constructor(capacity = 1024) {
    this.#capacity = 2 ** Math.ceil(Math.log2(Math.max(16, capacity)));
    this.#slots = new Uint32Array(this.#capacity * WORDS);
  }

  get size(): number {
    return this.#size;
  }

  /** @param bytes where the binary id stands, at `offset`. @returns whether it is new */
  add(bytes: Buffer, offset = 0): boolean {
    if (this.#size * 4 > this.#capacity * 3) this.#grow();
    const words = wordsOf(bytes, offset);
    const slot = this.#find(words);
    if (slot < 0) return false;
    this.#slots.set(words, slot);
    this.#size += 1;
    return true;
  }

  has(bytes: Buffer, offset = 0): boolean {
    return this.#find(wordsOf(bytes, offset)) < 0;
  }

  /** The free slot for these words, or -1 when they are there. */
  #find([a, b, c, d]: Words): number {
    for (let i = a & (this.#capacity - 1); ; i = (i + 1) & (this.#capacity - 1)) {
      const at = i * WORDS;
      const first = this.#slots[at];
      if (first === a && this.#slots[at + 1] === b)
        if (this.#slots[at + 2] === c && this.#slots[at + 3] === d) return -1;
      if (first === 0 && this.#slots[at + 1] === 0) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      const words: Words = [old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0, old[at + 3] ?? 0];
      if (words[0] !== 0 || words[1] !== 0) this.#slots.set(words, this.#find(words));
    }
  }
}

type Words = readonly [number, number, number, number];

function wordsOf(bytes: Buffer, offset: number): Words {
  if (offset + ID_BYTES > bytes.length) throw new RangeError('an id is cut short');
  // A slot whose first two words are zero is free, so no id may have that.
  return [
    bytes.readUInt32LE(offset),
    bytes.readUInt32LE(offset + 4) || 1,
    bytes.readUInt32LE(offset + 8),
    bytes.readUInt32LE(offset + 12),
  ];
}
