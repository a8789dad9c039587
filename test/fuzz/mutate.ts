import type { Seeded } from '../support/seeded';
import { MAX_INPUT_BYTES } from './target';

/** Values at which counters and lengths turn over. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];
const MOST_CHANGES = 6;

/** Another input that is a little different. @param others inputs to take parts of */
export function mutate(
  input: Buffer,
  chance: Seeded,
  others: readonly Buffer[],
  words: readonly Buffer[],
): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let left = 1 + chance.below(MOST_CHANGES); left > 0; left--)
    bytes = changeOnce(bytes, chance, others, words);
  return bytes.subarray(0, MAX_INPUT_BYTES);
}

function changeOnce(
  bytes: Buffer,
  chance: Seeded,
  others: readonly Buffer[],
  words: readonly Buffer[],
): Buffer {
  const at = chance.below(bytes.length + 1);
  const length = chance.below(Math.min(bytes.length - at, chance.chance(0.2) ? 4096 : 16) + 1);
  switch (chance.below(9)) {
    case 0:
      return replaced(bytes, at, length, Buffer.alloc(0));
    case 1:
      return replaced(bytes, at, 0, chance.bytes(1 + chance.below(8)));
    case 2:
      return replaced(bytes, at, 0, bytes.subarray(at, at + length));
    case 3:
      return replaced(bytes, at, 1, Buffer.from([chance.below(256)]));
    case 4: {
      const bit = bytes[at];
      if (bit === undefined) return bytes;
      return replaced(bytes, at, 1, Buffer.from([bit ^ (1 << chance.below(8))]));
    }
    case 5: {
      const edge = Buffer.alloc(4);
      edge.writeUInt32LE(chance.pick(EDGES) ?? 0);
      const width = chance.pick([1, 2, 4]) ?? 4;
      return replaced(bytes, at, width, edge.subarray(0, width));
    }
    case 6: {
      const other = chance.pick(others) ?? bytes;
      const from = chance.below(other.length + 1);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from)]);
    }
    default: {
      const word = chance.pick(words) ?? Buffer.alloc(0);
      return replaced(bytes, at, chance.chance(0.5) ? word.length : 0, word);
    }
  }
}

function replaced(bytes: Buffer, at: number, length: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}
