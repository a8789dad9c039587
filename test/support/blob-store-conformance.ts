import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { piecesOf, type BlobStore } from '../../agent/repository/copies/blob-store';
import { BulwarkError, type Reason } from '../../agent/support/errors';

/** A blob store under test, empty at first, and its end. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  close(): Promise<void>;
}

const refused =
  (reason: Reason) =>
  (error: unknown): boolean =>
    error instanceof BulwarkError && error.reason === reason;

/** What every blob store promises. Run it against each implementation, in a `describe` of its own. */
export function blobStoreSuite(name: string, make: () => Promise<BlobStoreUnderTest>): void {
  describe(`${name}, as a blob store,`, () => {
    let under: BlobStoreUnderTest;
    let store: BlobStore;
    beforeEach(async () => {
      under = await make();
      ({ store } = under);
    });
    afterEach(() => under.close());

    const put = (blob: string, bytes: Buffer): Promise<void> =>
      store.put(blob, { bytes: bytes.length, pieces: [bytes] });
    const whole = (blob: string): Promise<Buffer> =>
      store.get(blob, { offset: 0, length: Number.MAX_SAFE_INTEGER });
    async function names(prefix: string): Promise<string[]> {
      const found: string[] = [];
      for await (const blob of store.list(prefix)) found.push(blob.name);
      return found.sort();
    }
    /** Pieces that come one by one, then an error. */
    async function* broken(piece: Buffer): AsyncGenerator<Buffer> {
      yield piece;
      await Promise.resolve();
      throw new BulwarkError('pack-damaged', 'the source broke');
    }

    it('gives back what was put, in pieces or whole, and any part of it', async () => {
      const bytes = randomBytes(9 * 1024 * 1024 + 17);
      const pieces = [bytes.subarray(0, 5), bytes.subarray(5, 5), bytes.subarray(5)];
      await store.put('packs/a.pack', { bytes: bytes.length, pieces });
      assert.deepEqual(await whole('packs/a.pack'), bytes);
      const part = await store.get('packs/a.pack', { offset: 1000, length: 50 });
      assert.deepEqual(part, bytes.subarray(1000, 1050));
      const end = await store.get('packs/a.pack', { offset: bytes.length - 3, length: 50 });
      assert.deepEqual(end, bytes.subarray(-3));
      const beyond = await store.get('packs/a.pack', { offset: bytes.length + 5, length: 5 });
      assert.equal(beyond.length, 0);
      const read: Buffer[] = [];
      for await (const piece of piecesOf(store, 'packs/a.pack', bytes.length)) read.push(piece);
      assert.deepEqual(Buffer.concat(read), bytes);
    });

    it('keeps nothing as well as something', async () => {
      await put('empty', Buffer.alloc(0));
      assert.deepEqual(await store.stat('empty'), { name: 'empty', bytes: 0 });
      assert.equal((await whole('empty')).length, 0);
    });

    it('puts the new in the place of the old', async () => {
      await put('config.json', Buffer.from('a longer one'));
      await put('config.json', Buffer.from('new'));
      assert.equal((await whole('config.json')).toString(), 'new');
      assert.deepEqual(await store.stat('config.json'), { name: 'config.json', bytes: 3 });
    });

    it('changes nothing when a put fails: neither what is there nor what is listed', async () => {
      await put('packs/kept.pack', Buffer.from('kept'));
      for (const blob of ['packs/kept.pack', 'packs/new.pack']) {
        const content = { bytes: 10, pieces: broken(Buffer.from('half')) };
        await assert.rejects(store.put(blob, content), refused('pack-damaged'));
        const short = { bytes: 10, pieces: [Buffer.from('short')] };
        await assert.rejects(store.put(blob, short), refused('verification-failed'));
        const stop = AbortSignal.abort();
        const cancelled = { bytes: 4, pieces: [Buffer.from('stop')] };
        await assert.rejects(store.put(blob, cancelled, stop), refused('cancelled'));
      }
      assert.equal((await whole('packs/kept.pack')).toString(), 'kept');
      assert.deepEqual(await names(''), ['packs/kept.pack']);
    });

    it('shows a reader the old or the new, never a part, while it is replaced', async () => {
      const versions = [1, 2, 3, 4].map((byte) => Buffer.alloc(200_000, byte));
      await put('packs/a.pack', versions[0] ?? Buffer.alloc(0));
      const writing = (async () => {
        for (const version of versions) await put('packs/a.pack', version);
      })();
      const reading = (async () => {
        for (let i = 0; i < 20; i++) {
          const bytes = await whole('packs/a.pack');
          assert.equal(bytes.length, 200_000);
          assert.ok(bytes.every((byte) => byte === bytes[0]));
        }
      })();
      await Promise.all([writing, reading]);
    });

    it('lists by prefix, with lengths', async () => {
      for (const blob of ['config.json', 'packs/a.pack', 'packs/ab.pack', 'packs-old/c'])
        await put(blob, Buffer.from(blob));
      assert.deepEqual(await names('packs/'), ['packs/a.pack', 'packs/ab.pack']);
      assert.deepEqual(await names('packs/a.'), ['packs/a.pack']);
      assert.equal((await names('')).length, 4);
      assert.deepEqual(await names('nothing/'), []);
      for await (const { name: blob, bytes } of store.list('')) assert.equal(bytes, blob.length);
    });

    it('knows what is not there, and deletes what is, twice as well as once', async () => {
      assert.equal(await store.stat('packs/none.pack'), null);
      await assert.rejects(whole('packs/none.pack'), refused('path-missing'));
      await put('packs/a.pack', Buffer.from('a'));
      await store.delete('packs/a.pack');
      await store.delete('packs/a.pack');
      assert.equal(await store.stat('packs/a.pack'), null);
      assert.deepEqual(await names(''), []);
    });

    it('refuses names that would lead out of it', async () => {
      for (const blob of ['../a', '/a', 'a/../b', '', 'a//b', './a', 'A b'])
        await assert.rejects(put(blob, Buffer.from('a')), refused('internal'));
    });
  });
}
