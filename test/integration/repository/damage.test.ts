import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobIdOf } from '../../../agent/repository/blob-id';
import { buildTable } from '../../../agent/repository/packs/block';
import type { SnapshotRecord } from '../../../agent/repository/record';
import type { Repository } from '../../../agent/repository/repository';
import { systemClock } from '../../../agent/support/clock';
import { BulwarkError } from '../../../agent/support/errors';
import { WorkerPool } from '../../../agent/support/worker-pool';
import { verify } from '../../../agent/repository/verify/verify';
import { deliver, flipBit, framesOf, StoreFixture, type FramePlace } from './store-fixture';

const shared = Buffer.from('shared by both');
const onlyFirst = randomBytes(4000);
const onlySecond = [randomBytes(70_000), randomBytes(70_000)];

describe('verify', () => {
  let store: StoreFixture;
  let repository: Repository;
  let first: SnapshotRecord;
  let second: SnapshotRecord;
  let packId: string;
  let pack: string;
  let frames: FramePlace[];

  /** Two snapshots in one sealed pack. */
  beforeEach(async () => {
    store = await StoreFixture.make();
    repository = await store.open();
    first = await store.snapshot(repository, { shared, folder: { onlyFirst } });
    second = await store.snapshot(repository, { shared, onlySecond });
    await store.close(repository);
    repository = await store.open();
    packId = (await repository.packIds())[0] ?? '';
    pack = store.packPath(packId);
    frames = await framesOf(repository, packId);
  });
  afterEach(() => store.remove());

  function frameOf(content: Buffer): FramePlace {
    const id = blobIdOf(content);
    const frame = frames.find(({ blobs }) => blobs.includes(id));
    assert.ok(frame);
    return frame;
  }
  function at(frame: FramePlace): string {
    return `${packId}@${String(frame.offset)}`;
  }
  async function reopen(): Promise<void> {
    await store.close(repository);
    repository = await store.open();
  }

  it('finds nothing wrong with a whole store and tells what it read', async () => {
    const report = await store.verify(repository);
    assert.deepEqual(report.errors, []);
    assert.equal(report.ok, true);
    assert.equal(report.snapshots, 2);
    assert.equal(report.packs, 1);
    assert.equal(report.blobs, new Set(frames.flatMap(({ blobs }) => blobs)).size);
    assert.ok(report.bytes > shared.length + onlyFirst.length + 140_000);
  });

  it('tells how far it is, up to the end', async () => {
    const pool = new WorkerPool({ script: join(__dirname, 'verify-worker.js'), size: 2 });
    const told: number[] = [];
    const progress = (done: number, total: number): number => told.push(done / total);
    try {
      await verify(repository, pool, { clock: systemClock, progress });
    } finally {
      await pool.close();
    }
    assert.equal(told.at(-1), 1);
  });

  it('stops when it is cancelled', async () => {
    const pool = new WorkerPool({ script: join(__dirname, 'verify-worker.js'), size: 2 });
    const stop = new AbortController();
    const progress = (): void => stop.abort();
    try {
      await assert.rejects(
        verify(repository, pool, { clock: systemClock, signal: stop.signal, progress }),
        (error) => error instanceof BulwarkError && error.reason === 'cancelled',
      );
    } finally {
      await pool.close();
    }
  });

  for (const [place, offsetIn] of [
    ['magic', () => 1],
    ['type', () => 4],
    ['codec', () => 5],
    ['number', () => 8],
    ['plain length', () => 12],
    ['stored length', () => 16],
    ['ciphertext', ({ length }: FramePlace) => Math.floor(length / 2)],
    ['tag', ({ length }: FramePlace) => length - 1],
  ] as const)
    it(`tells a bit flipped in the ${place} of a frame as that frame alone, and who misses it`, async () => {
      const frame = frameOf(onlyFirst);
      await flipBit(pack, frame.offset + offsetIn(frame));
      const report = await store.verify(repository);
      assert.equal(report.ok, false);
      assert.deepEqual(
        report.errors.map(({ what, where, snapshots }) => ({ what, where, snapshots })),
        [{ what: 'frame', where: at(frame), snapshots: [first.id] }],
      );
      // All else stays readable.
      assert.deepEqual(await repository.read(blobIdOf(shared)), shared);
      for (const part of onlySecond) assert.deepEqual(await repository.read(blobIdOf(part)), part);
      await assert.rejects(
        repository.read(blobIdOf(onlyFirst)),
        (error) => error instanceof BulwarkError && error.reason === 'pack-damaged',
      );
    });

  it('names every snapshot that shares the damaged content', async () => {
    await flipBit(pack, frameOf(shared).offset + 30);
    const { errors } = await store.verify(repository);
    assert.equal(errors.length, 1);
    assert.deepEqual(errors[0]?.snapshots.sort(), [first.id, second.id].sort());
  });

  it('names the snapshot of a damaged part of a large file', async () => {
    await flipBit(pack, frameOf(onlySecond[1] ?? shared).offset + 500);
    const { errors } = await store.verify(repository);
    assert.deepEqual(
      errors.map(({ what, snapshots }) => [what, snapshots]),
      [['frame', [second.id]]],
    );
  });

  it('tells a damaged frame of folders and whose they are', async () => {
    const [root] = first.roots;
    assert.ok(root);
    const frame = frames.find(({ blobs }) => blobs.includes(root.tree));
    assert.ok(frame);
    await flipBit(pack, frame.offset + 40);
    const { errors } = await store.verify(repository);
    assert.deepEqual(
      errors.map(({ what, where, snapshots }) => [what, where, snapshots]),
      [['frame', at(frame), [first.id]]],
    );
  });

  it('tells a damaged record, and which snapshot it was', async () => {
    const frame = frames.find(({ type }) => type === 'record');
    assert.ok(frame);
    await flipBit(pack, frame.offset + 40);
    const { errors } = await store.verify(repository);
    assert.deepEqual(
      errors.map(({ what, where, snapshots }) => [what, where, snapshots]),
      [
        ['frame', at(frame), []],
        ['snapshot', first.id, [first.id]],
      ],
    );
  });

  it('tells a damaged index; no snapshot misses anything, also after the catalog is made again', async () => {
    const frame = frames.at(-1);
    assert.equal(frame?.type, 'index');
    await flipBit(pack, frame.offset + 25);
    const told = (await store.verify(repository)).errors;
    assert.deepEqual(
      told.map(({ what, snapshots }) => [what, snapshots]),
      [['frame', []]],
    );
    await repository.rebuildCatalog();
    assert.deepEqual(await repository.read(blobIdOf(onlyFirst)), onlyFirst);
    assert.equal((await repository.catalog.snapshotIds('', 9)).length, 2);
    assert.equal((await store.verify(repository)).errors.length, 1);
  });

  it('tells a damaged trailer; no snapshot misses anything, also after the catalog is made again', async () => {
    await flipBit(pack, (await stat(pack)).size - 14);
    assert.equal((await store.verify(repository)).ok, false);
    await repository.rebuildCatalog();
    const { errors } = await store.verify(repository);
    assert.deepEqual(
      errors.map(({ what, where, snapshots }) => [what, where, snapshots]),
      [['pack', packId, []]],
    );
    assert.deepEqual(await repository.read(blobIdOf(onlyFirst)), onlyFirst);
  });

  it("tells a damaged pack header; the pack's content stays readable", async () => {
    for (const offset of [0, 20]) await flipBit(pack, offset);
    const { errors } = await store.verify(repository);
    assert.deepEqual(
      errors.map(({ what, where, snapshots }) => [what, where, snapshots]),
      [['pack', packId, []]],
    );
    await repository.rebuildCatalog();
    assert.deepEqual(await repository.read(blobIdOf(onlyFirst)), onlyFirst);
  });

  it('keeps all else readable when the catalog is made again from a damaged pack', async () => {
    const frame = frameOf(onlyFirst);
    await flipBit(pack, frame.offset + 1);
    // Also without the index: frames after the damaged one are found by themselves.
    await flipBit(pack, (frames.at(-1)?.offset ?? 0) + 2);
    await repository.rebuildCatalog();
    for (const content of [shared, ...onlySecond])
      assert.deepEqual(await repository.read(blobIdOf(content)), content);
    const { errors } = await store.verify(repository);
    assert.ok(errors.some(({ what, where }) => what === 'frame' && where === at(frame)));
    const suffering = new Set(errors.flatMap(({ snapshots }) => snapshots));
    assert.deepEqual([...suffering], [first.id]);
  });

  it('tells a missing pack and all snapshots that need it', async () => {
    await rm(pack);
    const { errors } = await store.verify(repository);
    const missing = errors.find(({ what }) => what === 'pack');
    assert.equal(missing?.where, packId);
    assert.match(missing.message, /is not there/);
    assert.deepEqual([...missing.snapshots].sort(), [first.id, second.id].sort());
    assert.ok(errors.every(({ what }) => what === 'pack' || what === 'snapshot'));
  });

  it('tells a sealed pack that was cut', async () => {
    const frame = frameOf(onlySecond[0] ?? shared);
    await truncate(pack, frame.offset + 10);
    const { errors } = await store.verify(repository);
    assert.ok(errors.some(({ what }) => what === 'pack'));
    assert.deepEqual([...new Set(errors.flatMap(({ snapshots }) => snapshots))], [second.id]);
  });

  it('tells a blob whose bytes are not those of its id, though its frame verifies', async () => {
    const wrong = blobIdOf(Buffer.from('what the id says'));
    const bytes = Buffer.from('what the block has');
    const plain = Buffer.concat([
      Buffer.from([1, 0, 0, 0]),
      Buffer.from(wrong, 'hex'),
      Buffer.from([bytes.length, 0, 0, 0]),
      bytes,
    ]);
    repository.claim(Buffer.from(wrong, 'hex'));
    const table = buildTable([{ id: Buffer.from(wrong, 'hex'), length: bytes.length }]);
    await repository.addBlock({ codec: 0, plainLength: plain.length, payload: plain, table });
    await repository.commit([]);
    const { errors } = await store.verify(repository);
    assert.ok(errors.some(({ what, where }) => what === 'blob' && where === wrong));
    await assert.rejects(
      repository.read(wrong),
      (error) => error instanceof BulwarkError && error.reason === 'pack-damaged',
    );
  });

  it('takes the torn tail of a crash for no damage, but damage before it for what it is', async () => {
    await store.snapshot(repository, { third: randomBytes(50_000) });
    const open = (await repository.packIds()).find((id) => id !== packId) ?? '';
    const path = store.packPath(open);
    const whole = await readFile(path);
    await writeFile(path, Buffer.concat([whole, whole.subarray(32, 5000)]));
    assert.deepEqual((await store.verify(repository)).errors, []);
    await flipBit(path, 1000);
    const { errors } = await store.verify(repository);
    assert.deepEqual(
      errors.map(({ what, where }) => [what, where]),
      [['frame', `${open}@32`]],
    );
  });

  it('does not look at what is captured while it runs', async () => {
    await deliver(repository, [randomBytes(200_000)]);
    assert.deepEqual((await store.verify(repository)).errors, []);
    await repository.commit([]);
    assert.deepEqual((await store.verify(repository)).errors, []);
  });

  it('stays right after it was opened again', async () => {
    await flipBit(pack, frameOf(onlyFirst).offset + 100);
    await reopen();
    assert.equal((await store.verify(repository)).errors.length, 1);
  });
});
