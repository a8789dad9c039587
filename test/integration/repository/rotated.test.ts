import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { guardKeys, withNewMaster } from '../../../agent/repository/keys/keys-change';
import { StoreFixture } from './store-fixture';

describe('a store whose key was rotated', () => {
  let store: StoreFixture;
  beforeEach(async () => {
    store = await StoreFixture.make();
  });
  afterEach(() => store.remove());

  it('has after a crash what it acknowledged, though its catalog knows only the beginning of the pack', async () => {
    const repository = await store.open();
    await store.snapshot(repository, { first: Buffer.from('first') });
    await repository.changeKeys((keys) =>
      guardKeys({ storePath: store.path, keyFolder: store.keyFolder }, withNewMaster(keys), {
        kind: 'key-file',
      }),
    );
    await store.snapshot(repository, { second: Buffer.from('second') });
    const crashed = join(store.folder, 'crashed');
    cpSync(join(store.path, 'catalog'), join(crashed, 'catalog'), { recursive: true });
    const { id } = await store.snapshot(repository, { third: Buffer.from('third') });
    for (const part of ['packs', 'config.json'])
      cpSync(join(store.path, part), join(crashed, part), { recursive: true });

    const again = await store.open('zstd', crashed);
    assert.equal((await again.catalog.snapshot(id))?.id, id);
    assert.deepEqual((await store.verify(again)).errors, []);
  });
});
