import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetMemories } from '../../../agent/protection/capture/forget-memories';
import { prove } from '../../../agent/protection/backups/prove';
import { collectGarbage } from '../../../agent/repository/gc/gc';
import { blobIdOf } from '../../../agent/repository/blob-id';
import { systemClock } from '../../../agent/support/clock';
import type { WorkerPool } from '../../../agent/support/worker-pool';
import { flipBit } from '../repository/store-fixture';
import { CaptureBench, startWorkers } from './store-for-test';

describe('kinds of backups', () => {
  let pool: WorkerPool;
  let bench: CaptureBench;
  before(() => {
    pool = startWorkers();
  });
  after(() => pool.close());
  beforeEach(async () => {
    bench = await CaptureBench.open(pool);
    mkdirSync(join(bench.tree, 'src'), { recursive: true });
    writeFileSync(join(bench.tree, 'src', 'a.txt'), 'alpha');
    writeFileSync(join(bench.tree, 'b.txt'), 'beta');
  });
  afterEach(() => bench.close());

  it('a full one reads what looks unchanged as well', async () => {
    const path = join(bench.tree, 'b.txt');
    utimesSync(path, 1000, 1000);
    await bench.capture();
    await bench.capture();
    const record = await bench.capture(null, { backup: 'full', fresh: true });
    assert.equal(record.backup, 'full');
    assert.equal((await bench.flat(record)).get('b.txt')?.content, 'beta');
    // It was read again, and the store had it already.
    assert.equal(record.newBytes, 0);
  });

  it('damage that a full one finds is mended from the files', async () => {
    const first = await bench.capture();
    const { repository } = bench;
    const place = repository.catalog.locate(blobIdOf(Buffer.from('alpha')));
    assert.ok(place);
    await flipBit(repository.packAccess(place.pack).path, place.frameOffset + 40);
    const options = { base: null };
    assert.equal((await prove(repository, pool, first, options)).whole, false);
    const again = await bench.capture(null, { backup: 'full', fresh: true });
    const proof = await prove(repository, pool, again, options);
    assert.equal(proof.whole, true);
    assert.ok(proof.blobs >= 6);
    assert.equal((await bench.flat(first)).get('src/a.txt')?.content, 'alpha');
  });

  it('a differential one proves only what differs from the last full one', async () => {
    const full = await bench.capture(null, { backup: 'full', fresh: true });
    writeFileSync(join(bench.tree, 'b.txt'), 'beta, changed');
    const next = await bench.capture(null, { backup: 'differential' });
    // The file, the root's folder, and its times.
    assert.equal((await prove(bench.repository, pool, next, { base: full })).blobs, 3);
  });

  it('a capture does not build on what was collected since it last looked', async () => {
    const { repository } = bench;
    writeFileSync(join(bench.tree, 'large'), Buffer.alloc(900_000, 7));
    const record = await bench.capture();
    await repository.commit([
      {
        type: 'forget',
        id: '1'.repeat(32),
        sequence: repository.catalog.nextSequence(),
        at: 1,
        snapshots: [record.id],
        reason: 'a test',
      },
    ]);
    await collectGarbage(repository, {
      clock: systemClock,
      grace: { ms: 0, operations: 0 },
      urgent: true,
      exclusively: (fn) => fn(),
      forgetMemories: (isLive) => forgetMemories(repository.catalog, isLive),
    });
    assert.equal(repository.catalog.find(blobIdOf(Buffer.from('alpha'))), null);
    // Nothing has changed, and nothing of it is stored any more.
    const again = await bench.capture();
    const flat = await bench.flat(again);
    assert.deepEqual([...flat.keys()].sort(), ['b.txt', 'large', 'src', 'src/a.txt']);
    assert.equal(flat.get('src/a.txt')?.content, 'alpha');
    await rm(join(bench.tree, 'large'));
  });
});
