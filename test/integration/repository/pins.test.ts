import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { PinRecord } from '../../../agent/repository/record';
import type { Repository } from '../../../agent/repository/repository';
import { StoreFixture } from './store-fixture';

function pin(repository: Repository, target: string, pinned: boolean): PinRecord {
  return {
    type: 'pin',
    id: randomBytes(16).toString('hex'),
    sequence: repository.catalog.nextSequence(),
    at: 1_700_000_000_000,
    target,
    pinned,
    reason: 'before files were deleted',
  };
}

describe('pins', () => {
  let store: StoreFixture;
  beforeEach(async () => {
    store = await StoreFixture.make();
  });
  afterEach(() => store.remove());

  it('tells what is pinned now, also after the catalog was made again from the packs', async () => {
    const repository = await store.open();
    const kept = await store.snapshot(repository, { 'a.txt': Buffer.from('one') });
    const freed = await store.snapshot(repository, { 'a.txt': Buffer.from('two') });
    await repository.commit([pin(repository, kept.id, true), pin(repository, freed.id, true)]);
    await repository.commit([pin(repository, freed.id, false)]);
    assert.deepEqual([...(await repository.catalog.pins()).keys()], [kept.id]);

    await repository.rebuildCatalog();

    const pins = await repository.catalog.pins();
    assert.deepEqual([...pins.keys()], [kept.id]);
    assert.equal(pins.get(kept.id)?.reason, 'before files were deleted');
  });

  it('numbers records above every pin after the store was opened again', async () => {
    const first = await store.open();
    const { id } = await store.snapshot(first, { 'a.txt': Buffer.from('one') });
    const record = pin(first, id, true);
    await first.commit([record]);
    await store.close(first);

    const second = await store.open();
    assert.ok(second.catalog.nextSequence() > record.sequence);
  });

  it('gives no number twice to records that are made at the same time', async () => {
    const repository = await store.open();
    const { id } = await store.snapshot(repository, { 'a.txt': Buffer.from('one') });
    const records = [true, false, true].map((pinned) => pin(repository, id, pinned));
    assert.equal(new Set(records.map(({ sequence }) => sequence)).size, records.length);
  });
});
