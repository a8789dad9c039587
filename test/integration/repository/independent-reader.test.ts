import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobId } from '../../../agent/repository/blob-id';
import { guardKeys, withNewMaster } from '../../../agent/repository/keys/keys-change';
import { recoveryKey } from '../../../agent/repository/keys/keys-recovery';
import { encodeTimes, encodeTree, NO_TOTALS, type TreeEntry } from '../../../agent/repository/tree';
import { decodeName } from '../../../agent/support/names';
import {
  masterFromKeyFile,
  masterFromPassphrase,
  masterFromRecoveryKey,
  withOlderKeys,
} from './independent-keys';
import { IndependentReader } from './independent-reader';
import { deliver, flipBit, framesOf, StoreFixture } from './store-fixture';

const source = Buffer.from('const answer = 42;\n'.repeat(400));
const parts = [randomBytes(70_000), randomBytes(90_000)];

describe('a reader that was written from docs/FORMAT.md alone', () => {
  let store: StoreFixture;
  beforeEach(async () => {
    store = await StoreFixture.make();
  });
  afterEach(() => store.remove());

  async function keyFile(): Promise<string> {
    const [name] = await readdir(store.keyFolder);
    return join(store.keyFolder, name ?? '');
  }

  async function read(): Promise<IndependentReader> {
    return new IndependentReader(store.path, masterFromKeyFile(store.path, await keyFile()));
  }

  it('lists and extracts a snapshot, from sealed packs of every codec and from an open one', async () => {
    const sample = {
      'a.ts': source,
      folder: { deeper: { 'b.ts': source }, empty: {} },
      zero: Buffer.alloc(0),
    };
    for (const codec of ['zstd', 'lz4', 'gzip', 'none'] as const) {
      const repository = await store.open(codec);
      await store.snapshot(repository, {
        ...sample,
        [`only ${codec}`]: Buffer.from(codec.repeat(999)),
      });
      await store.close(repository);
    }
    const repository = await store.open();
    await store.snapshot(repository, { ...sample, large: parts });
    const reader = await read();
    assert.equal(reader.snapshots.length, 5);
    for (const [i, codec] of (['zstd', 'lz4', 'gzip', 'none'] as const).entries()) {
      const snapshot = reader.snapshots[i];
      assert.ok(snapshot);
      const own = reader.list(snapshot).find(({ path }) => path.toString() === `only ${codec}`);
      assert.equal(own?.content.toString(), codec.repeat(999));
    }
    const last = reader.snapshots[4];
    assert.ok(last);
    const target = join(store.folder, 'out');
    await mkdir(target);
    reader.extract(last, target);
    assert.deepEqual(
      (await readdir(target, { recursive: true })).sort(),
      [
        'a.ts',
        'folder',
        'folder/deeper',
        'folder/deeper/b.ts',
        'folder/empty',
        'large',
        'zero',
      ].map((name) => join(...name.split('/'))),
    );
    assert.deepEqual(await readFile(join(target, 'folder', 'deeper', 'b.ts')), source);
    assert.deepEqual(await readFile(join(target, 'large')), Buffer.concat(parts));
    assert.equal((await readFile(join(target, 'zero'))).length, 0);
    const { mtimeMs } = await stat(join(target, 'a.ts'));
    assert.ok(Math.abs(mtimeMs - 1_700_000_000_123) <= 1);
  });

  it('knows every kind of entry, and names of any bytes', async () => {
    const repository = await store.open();
    const name = Buffer.from([0x61, 0xff, 0xfe, 0x0a, 0x62]);
    const content = await deliver(repository, [source]);
    const inner = await repository.put(encodeTree([]));
    const entries: TreeEntry[] = [
      {
        kind: 'file',
        name: decodeName(name),
        mode: 0o640,
        size: source.length,
        id: content,
        chunked: false,
      },
      { kind: 'link', name: 'b', target: decodeName(Buffer.from([0x2e, 0x2e, 0x2f, 0xe9])) },
      { kind: 'nested', name: 'c' },
      { kind: 'excluded', name: 'd', reason: 'regenerable', rule: 'node_modules', bytes: null },
      { kind: 'folder', name: 'e', mode: 0o700, tree: inner, totals: NO_TOTALS },
    ];
    const tree = await repository.put(encodeTree(entries));
    const innerTimes = await repository.put(encodeTimes([]));
    const none: BlobId | null = null;
    const times = await repository.put(
      encodeTimes(
        entries.map(({ kind }, i) => ({
          mtime: BigInt(i),
          times: kind === 'folder' ? innerTimes : none,
        })),
      ),
    );
    const root = { name: 'files' as const, tree, times, totals: NO_TOTALS };
    const base = await store.snapshot(repository, {});
    const id = 'f'.repeat(32);
    await repository.commit([{ ...base, id, sequence: base.sequence + 1, roots: [root] }]);
    await store.close(repository);
    const reader = await read();
    const snapshot = reader.snapshots.find((found) => found.id === id);
    assert.ok(snapshot);
    const listed = reader.list(snapshot);
    assert.deepEqual(
      listed.map(({ kind }) => kind),
      ['file', 'link', 'nested', 'left out', 'folder'],
    );
    assert.deepEqual(listed[0]?.path, name);
    assert.equal(listed[0].mode, 0o640);
    assert.deepEqual(listed[1]?.content, Buffer.from([0x2e, 0x2e, 0x2f, 0xe9]));
    assert.equal(listed[4]?.mtime, 4n);
    // Names of other bytes than UTF-8 exist on Linux alone.
    if (process.platform !== 'linux') return;
    const target = join(store.folder, 'out');
    await mkdir(target);
    reader.extract(snapshot, target);
    assert.deepEqual(await readFile(Buffer.concat([Buffer.from(`${target}/`), name])), source);
    assert.equal((await readlink(join(target, 'b'), 'buffer')).toString('latin1'), '../\xe9');
  });

  it('opens the store with the printed recovery key, when key file and config.json are lost', async () => {
    const repository = await store.open();
    await store.snapshot(repository, { 'a.ts': source });
    const printed = recoveryKey(repository.keys.master);
    await store.close(repository);
    await rm(store.keyFolder, { recursive: true });
    await rm(join(store.path, 'config.json'));
    await rm(join(store.path, 'catalog'), { recursive: true });
    assert.match(printed, /^([A-Z2-7]{4}-){13}[A-Z2-7]{4}$/);
    const reader = new IndependentReader(store.path, masterFromRecoveryKey(printed.toUpperCase()));
    const [snapshot] = reader.snapshots;
    assert.ok(snapshot);
    assert.deepEqual(reader.list(snapshot)[0]?.content, source);
    const mistyped = printed.replace(/.$/, (letter) => (letter === 'A' ? 'B' : 'A'));
    assert.throws(() => masterFromRecoveryKey(mistyped));
  });

  it('reads old and new packs of a store whose key was rotated, by passphrase or by the packs alone', async () => {
    const repository = await store.open();
    await store.snapshot(repository, { 'early.ts': source });
    const places = { storePath: store.path, keyFolder: store.keyFolder };
    const to = { kind: 'passphrase', passphrase: 'four random words' } as const;
    await repository.changeKeys((keys) => guardKeys(places, withNewMaster(keys), to));
    await store.snapshot(repository, { 'late.ts': randomBytes(500) });
    const { master, older } = repository.keys;
    const printed = recoveryKey(master);
    await store.close(repository);
    const opened = masterFromPassphrase(store.path, 'four random words');
    assert.deepEqual(withOlderKeys(store.path, opened), [master, ...older]);
    await rm(join(store.path, 'config.json'));
    const reader = new IndependentReader(store.path, masterFromRecoveryKey(printed));
    assert.deepEqual(
      reader.snapshots.map((snapshot) => reader.list(snapshot)[0]?.path.toString()),
      ['early.ts', 'late.ts'],
    );
  });

  it('reads around a damaged frame of an unsealed pack, and stops at a torn tail', async () => {
    const repository = await store.open();
    await store.snapshot(repository, { 'a.ts': source });
    await store.snapshot(repository, { 'b.ts': randomBytes(500) });
    const [pack = ''] = await repository.packIds();
    const frames = await framesOf(repository, pack);
    const record = frames.find(({ type }) => type === 'record');
    await flipBit(store.packPath(pack), (record?.offset ?? 0) + 30);
    const reader = await read();
    assert.equal(reader.snapshots.length, 1);
    assert.equal(
      reader.snapshots[0] && reader.list(reader.snapshots[0])[0]?.path.toString(),
      'b.ts',
    );
  });
});
