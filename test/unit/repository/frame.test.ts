import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { hashBytes } from '../../../agent/repository/blob-id';
import { buildBlock, buildTable, listTable, tableOf } from '../../../agent/repository/packs/block';
import { CODECS, Codecs } from '../../../agent/repository/packs/codec';
import {
  openFrame,
  packKey,
  parseFrameHeader,
  sealFrame,
} from '../../../agent/repository/packs/frame';
import { decodePackIndex, encodePackIndex } from '../../../agent/repository/packs/pack-index';
import { BulwarkError } from '../../../agent/support/errors';

function isDamage(error: unknown): boolean {
  return error instanceof BulwarkError && error.reason === 'pack-damaged';
}

describe('a frame', () => {
  const key = packKey(randomBytes(32), '00112233445566778899aabbccddeeff');
  const payload = Buffer.from('some payload');
  const parts = sealFrame(key, {
    type: 'block',
    codec: 0,
    number: 7,
    plainLength: payload.length,
    payload,
  });
  const frame = Buffer.concat(parts);

  it('gives back its payload', () => {
    const header = parseFrameHeader(frame);
    assert.ok(header);
    assert.deepEqual(openFrame(key, header, frame), payload);
    assert.equal(frame.includes(payload), false);
  });

  it('does not verify with any single bit changed', () => {
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = Buffer.from(frame);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const header = parseFrameHeader(changed);
      if (header !== null) assert.throws(() => openFrame(key, header, changed), isDamage);
    }
  });

  it('does not verify with the key of another pack', () => {
    const header = parseFrameHeader(frame);
    assert.ok(header);
    const other = packKey(randomBytes(32), '00112233445566778899aabbccddeeff');
    assert.throws(() => openFrame(other, header, frame), isDamage);
  });
});

describe('a block', () => {
  it('lists the blobs that were put in, empty ones too', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (contents) => {
        const block = buildBlock(contents.map((bytes) => ({ id: hashBytes(bytes), bytes })));
        const listed = listTable(tableOf(block));
        assert.deepEqual(
          listed.map(({ id }) => id),
          contents.map(hashBytes),
        );
        for (const [i, { offset, length }] of listed.entries())
          assert.deepEqual(
            Buffer.from(block.subarray(offset, offset + length)),
            Buffer.from(contents[i] ?? []),
          );
      }),
    );
  });

  it('whose table does not fit is damage', () => {
    const block = buildBlock([{ id: hashBytes(Buffer.from('a')), bytes: Buffer.from('a') }]);
    for (let cut = 0; cut < block.length; cut++)
      assert.throws(() => tableOf(block.subarray(0, cut)), isDamage);
  });
});

describe('a pack index', () => {
  it('comes back as it was', () => {
    const table = buildTable([{ id: hashBytes(Buffer.from('x')), length: 5 }]);
    const frames = [
      { type: 'block' as const, offset: 32, length: 900, table },
      { type: 'record' as const, offset: 932, length: 90, table: Buffer.alloc(0) },
    ];
    assert.deepEqual(decodePackIndex(encodePackIndex(frames)), frames);
    assert.throws(() => decodePackIndex(encodePackIndex(frames).subarray(0, 30)), isDamage);
  });
});

describe('codecs', () => {
  const codecs = new Codecs();
  for (const name of ['none', 'zstd', 'lz4', 'gzip'] as const)
    it(`${name} gives back the same bytes, also those that do not compress`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(50), (bytes, times) => {
          const plain = Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes)));
          const { codec, payload } = codecs.encode(name, plain);
          assert.deepEqual(codecs.decode(codec, payload, plain.length), plain);
        }),
      );
    });

  it('tell a payload of another length, or of an unknown codec, as damage', () => {
    const { codec, payload } = codecs.encode('zstd', Buffer.alloc(1000));
    assert.throws(() => codecs.decode(codec, payload, 999), isDamage);
    assert.throws(() => codecs.decode(200, payload, 1000), isDamage);
    assert.throws(() => codecs.decode(CODECS.zstd, Buffer.from('no zstd'), 7), isDamage);
  });
});
