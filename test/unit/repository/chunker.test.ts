import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  CHUNK_AVERAGE_BYTES,
  CHUNK_MAX_BYTES,
  CHUNK_MIN_BYTES,
  nextCut,
} from '../../../agent/repository/chunker';

/** The same bytes for the same seed. */
function noise(seed: number, length: number): Buffer {
  const key = Buffer.alloc(32, String(seed));
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = nextCut(bytes, start, bytes.length);
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}

function hashes(bytes: Buffer): string[] {
  return chunksOf(bytes).map((chunk) => createHash('sha256').update(chunk).digest('hex'));
}

describe('large files are cut', () => {
  it('into parts within the bounds that make the file again', () => {
    const size = fc.oneof(
      fc.nat(3 * CHUNK_MAX_BYTES),
      fc.constantFrom(0, 1, CHUNK_MIN_BYTES, CHUNK_MIN_BYTES + 1, CHUNK_MAX_BYTES),
    );
    fc.assert(
      fc.property(fc.nat(), size, fc.boolean(), (seed, length, same) => {
        const bytes = same ? Buffer.alloc(length, 7) : noise(seed, length);
        const chunks = chunksOf(bytes);
        assert.ok(Buffer.concat(chunks).equals(bytes));
        for (const [i, chunk] of chunks.entries()) {
          assert.ok(chunk.length > 0 && chunk.length <= CHUNK_MAX_BYTES);
          if (i < chunks.length - 1) assert.ok(chunk.length > CHUNK_MIN_BYTES);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('where their content tells, near the wanted size on average', () => {
    const chunks = chunksOf(noise(1, 24 * 1024 * 1024));
    const average = (24 * 1024 * 1024) / chunks.length;
    assert.ok(average > CHUNK_AVERAGE_BYTES / 2 && average < CHUNK_AVERAGE_BYTES * 2);
    assert.ok(new Set(chunks.map(({ length }) => length)).size > chunks.length / 2);
  });

  it('alike again soon after something was put in', () => {
    const before = noise(2, 12 * 1024 * 1024);
    const at = 3_000_001;
    const after = Buffer.concat([before.subarray(0, at), Buffer.from('new'), before.subarray(at)]);
    const known = new Set(hashes(before));
    const fresh = hashes(after).filter((hash) => !known.has(hash));
    assert.ok(fresh.length >= 1 && fresh.length <= 5, `${String(fresh.length)} new parts`);
  });

  it('alike whether a window or the whole file is in memory', () => {
    const bytes = noise(3, 5 * 1024 * 1024);
    for (let start = 0; bytes.length - start > CHUNK_MAX_BYTES;) {
      const whole = nextCut(bytes, start, bytes.length);
      assert.equal(nextCut(bytes, start, start + CHUNK_MAX_BYTES), whole);
      start = whole;
    }
  });
});
