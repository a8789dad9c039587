import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blobIdOf } from '../../../agent/repository/blob-id';
import {
  compareNames,
  decodeTimes,
  decodeTree,
  encodeTimes,
  encodeTree,
  EXCLUSION_REASONS,
  totalsOf,
  type EntryTimes,
  type TreeEntry,
} from '../../../agent/repository/tree';
import { BulwarkError } from '../../../agent/support/errors';
import { decodeName, encodeName } from '../../../agent/support/names';

/** As the store makes them: objects with the usual prototype. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const number = fc.maxSafeNat();
const mode = fc.nat(0o7777);
const id = fc.uint8Array({ maxLength: 8 }).map(blobIdOf);
/** Any bytes that a folder of Linux can hold as a name. */
const name = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) =>
    decodeName(Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 1 : byte)))),
  )
  .filter((text) => text !== '.' && text !== '..');
const text = fc.uint8Array({ maxLength: 20 }).map((bytes) => decodeName(Buffer.from(bytes)));
const totals = plainRecord({
  files: number,
  folders: number,
  links: number,
  bytes: number,
  excluded: number,
});
const entry: fc.Arbitrary<TreeEntry> = fc.oneof(
  plainRecord({
    kind: fc.constant('file' as const),
    name,
    mode,
    size: number,
    id,
    chunked: fc.boolean(),
  }),
  plainRecord({
    kind: fc.constant('file' as const),
    name,
    mode,
    size: fc.constant(0),
    id: fc.constant(null),
    chunked: fc.constant(false),
  }),
  plainRecord({ kind: fc.constant('folder' as const), name, mode, tree: id, totals }),
  plainRecord({ kind: fc.constant('link' as const), name, target: text }),
  plainRecord({ kind: fc.constant('nested' as const), name }),
  plainRecord({
    kind: fc.constant('excluded' as const),
    name,
    reason: fc.constantFrom(...EXCLUSION_REASONS),
    rule: text,
    bytes: fc.option(fc.nat()),
  }),
);
const entries = fc
  .uniqueArray(entry, { selector: (item) => item.name, maxLength: 30 })
  .map((items) => items.sort((a, b) => compareNames(a.name, b.name)));

function isDamage(error: unknown): boolean {
  return error instanceof BulwarkError && error.reason === 'store-damaged';
}

describe('a folder in the store', () => {
  it('comes back as it was, whatever bytes its names are made of', () => {
    fc.assert(
      fc.property(entries, (items) => {
        assert.deepEqual(decodeTree(encodeTree(items)), items);
      }),
      { numRuns: 500 },
    );
  });

  it('has its times apart, which come back as they were', () => {
    const times: fc.Arbitrary<EntryTimes[]> = fc.array(
      plainRecord({
        mtime: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        times: fc.option(id),
      }),
    );
    fc.assert(
      fc.property(times, (items) => {
        assert.deepEqual(decodeTimes(encodeTimes(items)), items);
      }),
    );
  });

  it('is in the order of the bytes of its names', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        assert.equal(
          Math.sign(compareNames(a, b)),
          Math.sign(Buffer.compare(encodeName(a), encodeName(b))),
        );
      }),
      { numRuns: 1000 },
    );
  });

  for (const evil of ['..', '.', '', '/etc/passwd', 'a/../../b', 'a\0b'])
    it(`that was made with the name ${JSON.stringify(evil)} is refused`, () => {
      const items: TreeEntry[] = [
        { kind: 'file', name: evil, mode: 0o644, size: 0, id: null, chunked: false },
      ];
      assert.throws(() => decodeTree(encodeTree(items)), isDamage);
    });

  it('that is cut anywhere, or has bytes too many, is refused', () => {
    const bytes = encodeTree([
      { kind: 'link', name: 'l', target: 't' },
      {
        kind: 'folder',
        name: 'm',
        mode: 0o755,
        tree: blobIdOf(Buffer.from('x')),
        totals: totalsOf([]),
      },
    ]);
    for (let cut = 0; cut < bytes.length; cut++)
      assert.throws(() => decodeTree(bytes.subarray(0, cut)), isDamage);
    assert.throws(() => decodeTree(Buffer.concat([bytes, Buffer.from([0])])), isDamage);
  });

  it('of random bytes is refused, and nothing worse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const bytes = Buffer.concat([Buffer.from('BWT1'), Buffer.from(noise)]);
        try {
          decodeTree(bytes);
        } catch (error) {
          assert.ok(isDamage(error));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('tells what it holds with all folders below', () => {
    const below = { files: 3, folders: 1, links: 2, bytes: 30, excluded: 4 };
    const tree = blobIdOf(Buffer.from('t'));
    assert.deepEqual(
      totalsOf([
        { kind: 'file', name: 'a', mode: 0o644, size: 5, id: tree, chunked: false },
        { kind: 'folder', name: 'b', mode: 0o755, tree, totals: below },
        { kind: 'nested', name: 'c' },
        { kind: 'excluded', name: 'd', reason: 'pattern', rule: '*.log', bytes: null },
      ]),
      { files: 4, folders: 2, links: 2, bytes: 35, excluded: 5 },
    );
  });
});
