import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderBlobStore } from '../../../agent/repository/copies/folder-blob-store';
import { BulwarkError } from '../../../agent/support/errors';
import { blobStoreSuite } from '../../support/blob-store-conformance';

async function scratch(...folders: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bulwark-blobs-'));
  for (const name of folders) await mkdir(join(folder, name));
  return folder;
}

blobStoreSuite('a folder', async () => {
  const folder = await scratch('packs', 'packs-old');
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { store: new FolderBlobStore(folder), close };
});

describe('a folder of blobs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await scratch('packs');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is never made: where it is missing its disk is not there', async () => {
    const store = new FolderBlobStore(join(folder, 'unmounted'));
    const content = { bytes: 1, pieces: [Buffer.from('a')] };
    await assert.rejects(
      store.put('packs/a.pack', content),
      (error) => error instanceof BulwarkError && error.reason === 'path-missing',
    );
    assert.deepEqual(await readdir(folder), ['packs']);
  });

  it('does not show what a killed writer left half written, and clears it away', async () => {
    const left = join(folder, 'packs', 'a.pack.0123456789ab.part');
    await writeFile(left, 'half');
    const store = new FolderBlobStore(folder);
    for await (const { name } of store.list('')) assert.fail(name);
    await store.removeTemporaries(['', 'packs', 'quarantine']);
    assert.deepEqual(await readdir(join(folder, 'packs')), []);
  });
});
