/**
 * Content-defined chunking: FastCDC (Xia et al., USENIX ATC 2016) with
 * normalised chunking, on a 32-bit gear hash, which V8 computes without
 * allocating. Where a file is cut is the writer's choice; a reader only
 * concatenates, so these numbers may change without a new format.
 */
export const CHUNK_MIN_BYTES = 64 * 1024;
export const CHUNK_AVERAGE_BYTES = 256 * 1024;
export const CHUNK_MAX_BYTES = 1024 * 1024;

// A gear hash of 32 bits remembers 32 bytes; the high bits have seen them all.
// Normalisation level 2: two bits more before the average, two fewer after.
const MASK_BEFORE = 0xfffff000 | 0;
const MASK_AFTER = 0xffff0000 | 0;

const GEAR = gearTable();

/**
 * Where the first chunk of `bytes` ends.
 * @param end where the bytes stop: the end of the file, or at least {@link CHUNK_MAX_BYTES} after
 *   `start`
 */
export function nextCut(bytes: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size <= CHUNK_MIN_BYTES) return end;
  const limit = start + Math.min(size, CHUNK_MAX_BYTES);
  const middle = start + Math.min(size, CHUNK_AVERAGE_BYTES);
  let hash = 0;
  let at = start + CHUNK_MIN_BYTES;
  for (; at < middle; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & MASK_BEFORE) === 0) return at + 1;
  }
  for (; at < limit; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & MASK_AFTER) === 0) return at + 1;
  }
  return limit;
}

/** 256 fixed random words (xorshift32, seeded with the golden ratio), the same on every machine. */
function gearTable(): Int32Array {
  const table = new Int32Array(256);
  let state = 0x9e3779b9;
  for (let i = 0; i < table.length; i++) {
    for (let round = 0; round < 4; round++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
    }
    table[i] = state;
  }
  return table;
}
