import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeName,
  displayName,
  encodeName,
  hasRawBytes,
  toFsPath,
} from '../../../agent/support/names';

/** Bytes that come close to valid UTF-8 and break it in all ways. */
const tricky = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 3 }).map((text) => Buffer.from(text, 'utf8')),
      fc.constantFrom(
        Buffer.from([0xed, 0xa0, 0x80]),
        Buffer.from([0xed, 0xb2, 0x80]),
        Buffer.from([0xf0, 0x9f, 0x92]),
        Buffer.from([0xf4, 0x90, 0x80, 0x80]),
        Buffer.from([0xc0, 0xaf]),
        Buffer.from('\ufffd\ufeff💀', 'utf8'),
      ),
    ),
  )
  .map((parts) => Buffer.concat(parts));

describe('file names', () => {
  it('of any bytes come back as the same bytes', () => {
    fc.assert(
      fc.property(tricky, (bytes) => {
        assert.deepEqual(encodeName(decodeName(bytes)), bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('of different bytes are different names', () => {
    fc.assert(
      fc.property(tricky, tricky, (a, b) => {
        assert.equal(decodeName(a) === decodeName(b), a.equals(b));
      }),
      { numRuns: 1000 },
    );
  });

  it('in valid UTF-8 are ordinary strings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(decodeName(Buffer.from(text, 'utf8')), text);
        assert.equal(hasRawBytes(text), false);
        assert.equal(toFsPath(text), text);
      }),
    );
  });

  it('show bytes and control characters that a terminal must not get', () => {
    const name = decodeName(Buffer.from([0x61, 0xff, 0x0a, 0x1b, 0x62]));
    assert.equal(displayName(name), 'a\\xff\\n\\x1bb');
    assert.equal(hasRawBytes(name), true);
  });
});
