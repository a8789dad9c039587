import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../../../agent/support/bytes';

describe('numbers and bytes in a buffer', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.maxSafeNat()),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.uint8Array(),
        (numbers, big, bytes) => {
          const out = new ByteWriter(1);
          for (const number of numbers) out.varint(number);
          out.i64(big);
          out.u32(0xfffffffe);
          out.counted(bytes);
          const input = new ByteReader(out.take());
          assert.deepEqual(
            numbers.map(() => input.varint()),
            numbers,
          );
          assert.equal(input.i64(), big);
          assert.equal(input.u32(), 0xfffffffe);
          assert.deepEqual(Buffer.from(input.counted()), Buffer.from(bytes));
          assert.ok(input.atEnd);
        },
      ),
    );
  });

  it('that are cut short are an error, never wrong numbers', () => {
    const out = new ByteWriter();
    out.varint(2 ** 40);
    out.counted(Buffer.from('some bytes'));
    const whole = out.take();
    for (let cut = 0; cut < whole.length; cut++) {
      const input = new ByteReader(whole.subarray(0, cut));
      assert.throws(() => [input.varint(), input.counted()], RangeError);
    }
  });

  it('that say a number beyond 2^53 are an error', () => {
    const input = new ByteReader(Buffer.from([...Array<number>(9).fill(0xff), 0x7f]));
    assert.throws(() => input.varint(), RangeError);
  });
});
