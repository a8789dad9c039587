import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobIdOf } from '../../../agent/repository/blob-id';
import type { Repository } from '../../../agent/repository/repository';
import type { Reason } from '../../../agent/support/errors';
import { deliver, framesOf, StoreFixture } from './store-fixture';
import { refused } from '../../support/refused';

/** Every file of a folder with its bytes, to show that nothing was touched. */
async function contentOf(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true })) {
    const path = join(folder, entry);
    if ((await stat(path)).isFile()) found.set(entry, (await readFile(path)).toString('base64'));
  }
  return found;
}

async function everything(repository: Repository): Promise<string[]> {
  const found: string[] = [];
  for await (const record of repository.catalog.allSnapshots()) found.push(JSON.stringify(record));
  for await (const { id, location } of repository.catalog.blobs())
    found.push(`${id.toString('hex')} ${JSON.stringify(location)}`);
  return found.sort();
}

describe('a store', () => {
  let store: StoreFixture;
  beforeEach(async () => {
    store = await StoreFixture.make();
  });
  afterEach(() => store.remove());

  it('gives back what was put in, also after it was closed and opened again', async () => {
    const content = randomBytes(3000);
    let repository = await store.open();
    const record = await store.snapshot(repository, {
      'a.txt': content,
      'b.txt': Buffer.from('b'),
    });
    assert.deepEqual(await repository.read(blobIdOf(content)), content);
    await store.close(repository);
    repository = await store.open();
    assert.deepEqual(await repository.read(blobIdOf(content)), content);
    assert.deepEqual(await repository.catalog.snapshot(record.id), record);
    assert.equal((await store.verify(repository)).ok, true);
  });

  it('keeps the same content once', async () => {
    const repository = await store.open();
    const content = randomBytes(100_000);
    await store.snapshot(repository, { one: content, two: content });
    const before = repository.storedBytes;
    await store.snapshot(repository, { three: content });
    assert.ok(repository.storedBytes - before < 10_000);
  });

  it('refuses a second writer and tells who holds it', async () => {
    await store.open();
    await assert.rejects(
      store.open(),
      refused('store-locked', new RegExp(`process ${String(process.pid)} since`)),
    );
  });

  it('can be opened again once its holder has closed it', async () => {
    await store.close(await store.open());
    await store.open();
    assert.ok((await readFile(join(store.path, 'holder.json'), 'utf8')).includes('"pid"'));
  });

  it('is made once when two agents start at the same time', async () => {
    const ends = await Promise.allSettled([store.open(), store.open()]);
    const opened = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    assert.equal(opened.length, 1);
    for (const end of ends) if (end.status === 'rejected') refused('store-locked')(end.reason);
    const [repository] = opened;
    assert.ok(repository);
    await store.snapshot(repository, { a: Buffer.from('kept') });
    await store.close(repository);
    const again = await store.open();
    assert.equal((await again.read(blobIdOf(Buffer.from('kept')))).toString(), 'kept');
  });

  describe('that cannot be opened touches nothing:', () => {
    async function refusal(reason: Reason, pattern: RegExp, spoil: () => Promise<void>) {
      const repository = await store.open();
      await store.snapshot(repository, { a: Buffer.from('a') });
      await store.close(repository);
      await spoil();
      const before = await contentOf(store.folder);
      await assert.rejects(store.open(), refused(reason, pattern));
      assert.deepEqual(await contentOf(store.folder), before);
    }
    async function keyFile(): Promise<string> {
      const [name] = await readdir(store.keyFolder);
      return join(store.keyFolder, name ?? '');
    }

    it('a missing key', () =>
      refusal('key-missing', /not there/, async () => {
        await rm(await keyFile());
      }));
    it('the key of another store', () =>
      refusal('wrong-key', /not the key/, async () => {
        const key = { format: 'bulwark-key', store: '0'.repeat(32), key: '1'.repeat(64) };
        await writeFile(await keyFile(), JSON.stringify(key));
      }));
    it('a key of the right store with a wrong value', () =>
      refusal('wrong-key', /does not open/, async () => {
        const path = await keyFile();
        const text = await readFile(path, 'utf8');
        await writeFile(
          path,
          text.replace(/"key": "(.)/, (_, c) => `"key": "${c === '0' ? '1' : '0'}`),
        );
      }));
    it('a config.json that is no JSON', () =>
      refusal('store-damaged', /config\.json is damaged/, () =>
        writeFile(join(store.path, 'config.json'), '{"format": "bulw'),
      ));
    it('a config.json that is missing while packs are there', () =>
      refusal('store-damaged', /config\.json is missing/, () =>
        rm(join(store.path, 'config.json')),
      ));
  });

  it('reads packs of every codec side by side', async () => {
    const contents = (['zstd', 'lz4', 'gzip', 'none'] as const).map((codec) => ({
      codec,
      content: Buffer.from(`${codec} `.repeat(5000)),
    }));
    for (const { codec, content } of contents) {
      const repository = await store.open(codec);
      await store.snapshot(repository, { [codec]: content });
      await store.close(repository);
    }
    const repository = await store.open();
    for (const { content } of contents)
      assert.deepEqual(await repository.read(blobIdOf(content)), content);
    assert.equal((await repository.packIds()).length, 4);
    assert.equal((await store.verify(repository)).ok, true);
  });

  it('takes blocks from many threads at once into one pack, each frame with its own number', async () => {
    const repository = await store.open('none');
    const contents = Array.from({ length: 40 }, () => randomBytes(70_000));
    await Promise.all(contents.map((content) => deliver(repository, [content])));
    await store.snapshot(repository, { done: Buffer.from('done') });
    assert.equal((await repository.packIds()).length, 1);
    for (const content of contents)
      assert.deepEqual(await repository.read(blobIdOf(content)), content);
    assert.ok(repository.storedBytes < 40 * 70_000 + 20_000);
    assert.equal((await store.verify(repository)).ok, true);
  });

  it('loses nothing when packs fill up while several threads write', async () => {
    const repository = await store.open('none');
    const contents = Array.from({ length: 36 }, () => randomBytes(4 * 1024 * 1024));
    const queue = [...contents];
    const thread = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop())
        await deliver(repository, [next]);
    };
    await Promise.all([thread(), thread(), thread(), thread()]);
    const record = await store.snapshot(repository, { done: Buffer.from('done') });
    await store.close(repository);
    const again = await store.open();
    assert.ok((await again.packIds()).length >= 2);
    const report = await store.verify(again);
    assert.deepEqual(report.errors, []);
    assert.equal(report.blobs, 36 + 3);
    assert.ok(await again.catalog.snapshot(record.id));
  });

  it('never writes to a pack of an earlier run again, so that no nonce is used twice', async () => {
    let repository = await store.open();
    await store.snapshot(repository, { a: Buffer.from('first') });
    // As a crash leaves it: a copy of the open, unsealed store.
    const crashed = join(store.folder, 'crashed');
    await cp(store.path, crashed, { recursive: true });
    await store.close(repository);
    const [old] = await readdir(join(crashed, 'packs'));
    assert.ok(old);
    const before = await readFile(join(crashed, 'packs', old));
    repository = await store.open('zstd', crashed);
    await store.snapshot(repository, { b: Buffer.from('second') });
    await store.close(repository);
    assert.deepEqual(await readFile(join(crashed, 'packs', old)), before);
    assert.equal((await readdir(join(crashed, 'packs'))).length, 2);
  });

  it('goes on in a new pack after a write failed, and loses nothing that was committed', async function () {
    const repository = await store.open();
    await store.snapshot(repository, { a: Buffer.from('before') });
    await store.close(repository);
    const again = await store.open();
    const packs = join(store.path, 'packs');
    // A file where the folder must be makes the next pack impossible, as a full disk would.
    await cp(packs, join(store.folder, 'aside'), { recursive: true });
    await rm(packs, { recursive: true });
    await writeFile(packs, '');
    await assert.rejects(deliver(again, [Buffer.from('lost')]), refused('not-a-directory'));
    await rm(packs);
    await mkdir(packs);
    await cp(join(store.folder, 'aside'), packs, { recursive: true });
    await store.snapshot(again, { a: Buffer.from('before'), b: Buffer.from('lost') });
    assert.equal((await again.read(blobIdOf(Buffer.from('lost')))).toString(), 'lost');
    assert.equal((await store.verify(again)).ok, true);
  });

  for (const spoil of ['deleted', 'garbage', 'a file'] as const)
    it(`makes its catalog again with the same content when that is ${spoil}`, async () => {
      let repository = await store.open();
      await store.snapshot(repository, { a: Buffer.from('a'), d: { e: randomBytes(5000) } });
      await store.snapshot(repository, { a: Buffer.from('b'), big: [randomBytes(90_000)] });
      await store.close(repository);
      repository = await store.open();
      const before = await everything(repository);
      await store.close(repository);
      const catalog = join(store.path, 'catalog');
      if (spoil === 'garbage')
        for (const name of await readdir(catalog)) await writeFile(join(catalog, name), 'garbage');
      else await rm(catalog, { recursive: true });
      if (spoil === 'a file') await writeFile(catalog, 'not a folder');
      repository = await store.open();
      assert.deepEqual(await everything(repository), before);
      assert.equal((await store.verify(repository)).ok, true);
    });

  it('has the same content after its catalog was thrown away and made again', async () => {
    const repository = await store.open();
    for (const text of ['a', 'b', 'c']) await store.snapshot(repository, { f: Buffer.from(text) });
    await repository.rebuildCatalog();
    const before = await everything(repository);
    const told: string[] = [];
    await repository.rebuildCatalog((done, total) => told.push(`${String(done)}/${String(total)}`));
    assert.deepEqual(await everything(repository), before);
    assert.equal(before.length, 3 + 3 * 2 + 1);
    assert.deepEqual(told, ['1/1']);
    const record = await store.snapshot(repository, { f: Buffer.from('d') });
    assert.equal(record.sequence, 4);
    assert.equal((await store.verify(repository)).ok, true);
  });

  it('recovers to a committed state wherever a crash cut its last pack', async () => {
    const repository = await store.open();
    const first = await store.snapshot(repository, { a: Buffer.from('first') });
    const [packId = ''] = await repository.packIds();
    const firstEnd = (await stat(store.packPath(packId))).size;
    const second = await store.snapshot(repository, { a: Buffer.from('second') });
    const whole = await readFile(store.packPath(packId));
    const frames = await framesOf(repository, packId);
    const ends = frames.map(({ offset, length }) => offset + length);
    assert.equal(ends.at(-1), whole.length);
    await store.close(repository);
    await rm(join(store.path, 'catalog'), { recursive: true });
    for (let cut = firstEnd; cut <= whole.length; cut++) {
      const copy = join(store.folder, 'cut');
      await cp(store.path, copy, { recursive: true });
      await writeFile(join(copy, 'packs', `${packId}.pack`), whole.subarray(0, cut));
      const opened = await store.open('zstd', copy);
      const ids = await opened.catalog.snapshotIds('', 10);
      const expected = cut === whole.length ? [first.id, second.id] : [first.id];
      assert.deepEqual(ids.sort(), expected.sort(), `cut at ${String(cut)}`);
      if (cut % 16 === 0 || ends.includes(cut)) {
        const report = await store.verify(opened);
        assert.deepEqual(report.errors, [], `cut at ${String(cut)}`);
        // What was lost is taken again without harm.
        await store.snapshot(opened, { a: Buffer.from('second') });
        assert.equal((await store.verify(opened)).ok, true);
      }
      await store.close(opened);
      await rm(copy, { recursive: true });
    }
  });
});
