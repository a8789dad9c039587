import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobIdOf } from '../../agent/repository/blob-id';
import { applyRepair, planRepair } from '../../agent/repository/verify/repair';
import { Repository } from '../../agent/repository/repository';
import { systemClock } from '../../agent/support/clock';
import { BulwarkError } from '../../agent/support/errors';
import { silentLog } from '../../agent/support/log';
import { WorkerPool } from '../../agent/support/worker-pool';
import { StoreFixture } from '../integration/repository/store-fixture';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const NOBODY = 65_534;
const early = randomBytes(20_000);

function isDenied(error: unknown): boolean {
  return (
    error instanceof BulwarkError &&
    error.reason === 'permission-denied' &&
    error.hint !== undefined
  );
}

// A file system of its own can be made by root on Linux alone.
if (isRoot)
  describe('a store on a disk that becomes read-only', () => {
    let store: StoreFixture;
    let disk: string;
    beforeEach(async () => {
      store = await StoreFixture.make();
      disk = mkdtempSync(join(tmpdir(), 'bulwark-disk-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', disk]);
    });
    afterEach(async () => {
      await store.remove();
      execFileSync('umount', ['-l', disk]);
      rmdirSync(disk);
    });

    it('tells why nothing can be kept, still reads what it has, and goes on when it is writable again', async () => {
      const path = join(disk, 'store');
      const repository = await store.open('zstd', path);
      await store.snapshot(repository, { early });
      await store.close(repository);
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      await assert.rejects(store.open('zstd', path), isDenied);
      execFileSync('mount', ['-o', 'remount,rw', disk]);
      const again = await store.open('zstd', path);
      assert.deepEqual(await again.read(blobIdOf(early)), early);
      await store.snapshot(again, { later: randomBytes(1000) });
      assert.deepEqual((await store.verify(again)).errors, []);
    });
  });

describe('a store whose folders lose their permissions', () => {
  let store: StoreFixture;
  let pool: WorkerPool;
  let repository: Repository;
  let packs: string;
  beforeEach(async () => {
    store = await StoreFixture.make();
    pool = new WorkerPool({
      script: join(__dirname, '../integration/repository/verify-worker.js'),
      size: 1,
    });
    repository = await store.open();
    await store.snapshot(repository, { early });
    await store.close(repository);
    repository = await store.open();
    await store.snapshot(repository, { other: randomBytes(500) });
    packs = join(store.path, 'packs');
    // The threads, one a pack, load their code while they may still read it.
    await store.verify(repository);
    await planRepair(repository, pool, { clock: systemClock });
    await repository.closeReaders();
    if (!isRoot) return;
    // Root may do everything, so it steps back while this runs.
    execFileSync('chown', ['-R', String(NOBODY), store.folder]);
    process.seteuid?.(NOBODY);
  });
  afterEach(async () => {
    if (isRoot) process.seteuid?.(0);
    chmodSync(packs, 0o700);
    await store.remove();
    await pool.close();
  });

  if (process.platform !== 'win32') {
    it('refuses to capture with a reason, and reads on, where nothing can be written', async () => {
      await repository.startNewPack();
      chmodSync(packs, 0o500);
      await assert.rejects(store.snapshot(repository, { more: randomBytes(100) }), isDenied);
      assert.deepEqual(await repository.read(blobIdOf(early)), early);
      chmodSync(packs, 0o700);
      await store.snapshot(repository, { more: randomBytes(100) });
      assert.deepEqual((await store.verify(repository)).errors, []);
    });

    it('takes packs that it may not open for closed, never for lost: no repair touches them', async () => {
      const place = repository.catalog.locate(blobIdOf(early));
      assert.ok(place);
      const name = `${place.pack}.pack`;
      const { size } = statSync(join(packs, name));
      chmodSync(join(packs, name), 0);
      const plan = await planRepair(repository, pool, { clock: systemClock });
      assert.deepEqual(plan.closedPacks, [name.replace('.pack', '')]);
      assert.deepEqual([plan.damagedPacks, plan.missingPacks, plan.lost.size], [[], [], 0]);
      assert.match(plan.report.errors[0]?.message ?? '', /no permission/);
      await applyRepair(repository, plan);
      await assert.rejects(repository.read(blobIdOf(early)), isDenied);
      // Also a start gets over it: everything else of the store is there.
      await store.close(repository);
      repository = await store.open();
      chmodSync(join(packs, name), 0o600);
      assert.equal(statSync(join(packs, name)).size, size);
      assert.deepEqual(await repository.read(blobIdOf(early)), early);
      assert.deepEqual((await store.verify(repository)).errors, []);
    });

    it('says which folder a start cannot read', async () => {
      await store.close(repository);
      chmodSync(packs, 0);
      const { path, keyFolder } = store;
      const options = {
        path,
        keyFolder,
        codec: 'zstd',
        clock: systemClock,
        log: silentLog,
      } as const;
      await assert.rejects(Repository.open(options), isDenied);
      chmodSync(packs, 0o700);
      repository = await store.open();
      assert.deepEqual((await store.verify(repository)).errors, []);
    });
  }
});
