import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { blobIdOf } from '../../../agent/repository/blob-id';
import type { SnapshotRecord } from '../../../agent/repository/record';
import { applyRepair, planRepair, type RepairDone } from '../../../agent/repository/verify/repair';
import type { Repository } from '../../../agent/repository/repository';
import { systemClock } from '../../../agent/support/clock';
import { WorkerPool } from '../../../agent/support/worker-pool';
import { deliver, flipBit, framesOf, StoreFixture, type FramePlace } from './store-fixture';

const shared = Buffer.from('shared by both');
const onlyFirst = randomBytes(4000);
const onlySecond = randomBytes(70_000);

describe('a repair of the store by itself', () => {
  let store: StoreFixture;
  let pool: WorkerPool;
  let repository: Repository;
  let first: SnapshotRecord;
  let second: SnapshotRecord;
  let packId: string;
  let frames: FramePlace[];

  beforeEach(async () => {
    pool = new WorkerPool({ script: join(__dirname, 'verify-worker.js'), size: 1 });
    store = await StoreFixture.make();
    repository = await store.open();
    first = await store.snapshot(repository, { shared, folder: { onlyFirst } });
    second = await store.snapshot(repository, { shared, onlySecond });
    await store.close(repository);
    repository = await store.open();
    packId = (await repository.packIds())[0] ?? '';
    frames = await framesOf(repository, packId);
  });
  afterEach(async () => {
    await store.remove();
    await pool.close();
  });

  function frameOf(content: Buffer): FramePlace {
    const frame = frames.find(({ blobs }) => blobs.includes(blobIdOf(content)));
    assert.ok(frame);
    return frame;
  }

  async function repair(): Promise<RepairDone & { lost: number }> {
    const plan = await planRepair(repository, pool, { clock: systemClock });
    const done = await applyRepair(repository, plan);
    return { ...done, lost: plan.lost.size };
  }

  async function quarantine(): Promise<string[]> {
    return readdir(join(store.path, 'quarantine')).catch(() => []);
  }

  it('does nothing to a store that is whole', async () => {
    assert.deepEqual(await repair(), {
      blobsFound: 0,
      blobsCopied: 0,
      recordsWritten: 0,
      quarantined: [],
      lost: 0,
    });
    assert.deepEqual(await repository.packIds(), [packId]);
  });

  for (const [what, offset] of [
    ['header', () => 20],
    ['version', () => 9],
    ['index', () => (frames.at(-1)?.offset ?? 0) + 30],
    ['trailer', async () => (await stat(store.packPath(packId))).size - 3],
  ] as const)
    it(`copies all of a pack with a damaged ${what} to another one and keeps the damaged one`, async () => {
      await flipBit(store.packPath(packId), await offset());
      const { lost, quarantined } = await repair();
      assert.equal(lost, 0);
      assert.deepEqual(quarantined, [join(store.path, 'quarantine', `${packId}.pack`)]);
      assert.deepEqual(await quarantine(), [`${packId}.pack`]);
      assert.deepEqual((await store.verify(repository)).errors, []);
      await repository.rebuildCatalog();
      assert.deepEqual((await store.verify(repository)).errors, []);
      assert.deepEqual(await repository.read(blobIdOf(onlyFirst)), onlyFirst);
      assert.equal((await repository.catalog.snapshotIds('', 9)).length, 2);
    });

  it('writes the record of a snapshot again that only the catalog still has', async () => {
    const record = frames.find(({ type }) => type === 'record');
    await flipBit(store.packPath(packId), (record?.offset ?? 0) + 30);
    assert.equal((await repair()).recordsWritten, 1);
    await repository.rebuildCatalog();
    assert.deepEqual((await store.verify(repository)).errors, []);
    assert.deepEqual(await repository.catalog.snapshot(first.id), first);
  });

  it('contains a frame that is lost: it alone is missing, also in a catalog that is made again', async () => {
    await flipBit(store.packPath(packId), frameOf(onlyFirst).offset + 30);
    const { lost } = await repair();
    assert.equal(lost, 1);
    for (const catalog of ['as it is', 'made again']) {
      if (catalog === 'made again') await repository.rebuildCatalog();
      for (const content of [shared, onlySecond])
        assert.deepEqual(await repository.read(blobIdOf(content)), content);
      const { errors } = await store.verify(repository);
      assert.deepEqual(
        errors.map(({ what, where, snapshots }) => [what, where, snapshots]),
        [['blob', blobIdOf(onlyFirst), [first.id]]],
      );
    }
  });

  it('takes the content again when somebody brings it', async () => {
    await flipBit(store.packPath(packId), frameOf(onlyFirst).offset + 30);
    await repair();
    await deliver(repository, [onlyFirst]);
    await repository.commit([]);
    assert.deepEqual((await store.verify(repository)).errors, []);
  });

  it('finds content in another pack that has it too', async () => {
    const table = frameOf(onlyFirst);
    const plan = await planRepair(repository, pool, { clock: systemClock });
    assert.equal(plan.report.ok, true);
    // The same blob once more, as a crash before the catalog was written can leave it.
    const forget = repository.catalog.change();
    const location = repository.catalog.locate(blobIdOf(onlyFirst));
    forget.setLocation(Buffer.from(blobIdOf(onlyFirst), 'hex'), null);
    await forget.write();
    await deliver(repository, [onlyFirst]);
    await repository.commit([]);
    const back = repository.catalog.change();
    back.setLocation(Buffer.from(blobIdOf(onlyFirst), 'hex'), location);
    await back.write();
    await flipBit(store.packPath(packId), table.offset + 30);
    const { blobsFound, lost } = await repair();
    assert.deepEqual([blobsFound, lost], [1, 0]);
    assert.deepEqual((await store.verify(repository)).errors, []);
    assert.deepEqual(await repository.read(blobIdOf(onlyFirst)), onlyFirst);
  });

  it('forgets a pack that is gone, tells what went with it, and keeps the rest', async () => {
    const third = await store.snapshot(repository, {
      a: randomBytes(900),
      b: randomBytes(900),
      c: randomBytes(900),
    });
    await store.close(repository);
    repository = await store.open();
    await rm(store.packPath(packId));
    const { lost, recordsWritten } = await repair();
    assert.ok(lost > 0);
    assert.equal(recordsWritten, 2);
    const { errors } = await store.verify(repository);
    assert.deepEqual(
      [...new Set(errors.flatMap(({ snapshots }) => snapshots))].sort(),
      [first.id, second.id].sort(),
    );
    assert.ok(errors.every(({ snapshots }) => !snapshots.includes(third.id)));
  });
});
