import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { blobIdOf } from '../../../agent/repository/blob-id';
import {
  guardKeys,
  withNewMaster,
  type NewGuard,
} from '../../../agent/repository/keys/keys-change';
import { importKey } from '../../../agent/repository/keys/keys-import';
import type { Repository } from '../../../agent/repository/repository';
import { flipBit, StoreFixture } from './store-fixture';
import { refused } from '../../support/refused';

const PASSPHRASE = 'correct horse battery';

describe('the key of a store', () => {
  let store: StoreFixture;
  const early = randomBytes(5000);
  const late = randomBytes(5000);
  beforeEach(async () => {
    store = await StoreFixture.make();
  });
  afterEach(() => store.remove());

  const places = (): { storePath: string; keyFolder: string } => ({
    storePath: store.path,
    keyFolder: store.keyFolder,
  });
  const guard = (repository: Repository, to: NewGuard): Promise<void> =>
    repository.changeKeys((keys) => guardKeys(places(), keys, to));
  const rotate = (repository: Repository): Promise<void> =>
    repository.changeKeys((keys) => guardKeys(places(), withNewMaster(keys), { kind: 'key-file' }));
  async function keyFile(): Promise<string> {
    const [name = ''] = await readdir(store.keyFolder);
    return join(store.keyFolder, name);
  }
  async function expectAll(repository: Repository, ...contents: Buffer[]): Promise<void> {
    for (const content of contents)
      assert.deepEqual(await repository.read(blobIdOf(content)), content);
    assert.deepEqual((await store.verify(repository)).errors, []);
  }

  describe('with a passphrase', () => {
    beforeEach(async () => {
      const repository = await store.open();
      await store.snapshot(repository, { early });
      await guard(repository, { kind: 'passphrase', passphrase: PASSPHRASE });
      await store.close(repository);
    });

    it('opens the store, however its accents are typed, and leaves no key file', async () => {
      assert.deepEqual(await readdir(store.keyFolder), []);
      let repository = await store.openWith({ passphrase: PASSPHRASE });
      await expectAll(repository, early);
      await guard(repository, { kind: 'passphrase', passphrase: 'Mörder\u0308ische Grüße' });
      await store.close(repository);
      repository = await store.openWith({ passphrase: 'M\u006f\u0308rder\u0308ische Gru\u0308ße' });
      await expectAll(repository, early);
    });

    it('stays locked without it, and refuses another one, before anything is touched', async () => {
      const before = await readFile(join(store.path, 'config.json'), 'utf8');
      await assert.rejects(store.open(), refused('key-locked', /needs its passphrase/));
      await assert.rejects(
        store.openWith({ passphrase: 'another one' }),
        refused('wrong-key', /passphrase does not open/),
      );
      assert.equal(await readFile(join(store.path, 'config.json'), 'utf8'), before);
    });

    it('can be changed, and given up for a key file', async () => {
      let repository = await store.openWith({ passphrase: PASSPHRASE });
      await guard(repository, { kind: 'passphrase', passphrase: 'a newer passphrase' });
      await store.close(repository);
      await assert.rejects(store.openWith({ passphrase: PASSPHRASE }), refused('wrong-key'));
      repository = await store.openWith({ passphrase: 'a newer passphrase' });
      await guard(repository, { kind: 'key-file' });
      await store.close(repository);
      await expectAll(await store.open(), early);
    });

    it('that is forgotten is replaced with the recovery key', async () => {
      const repository = await store.openWith({ passphrase: PASSPHRASE });
      const { master } = repository.keys;
      await store.close(repository);
      await importKey(places(), master, { kind: 'key-file' });
      await expectAll(await store.open(), early);
    });
  });

  it('refuses a passphrase that is too short, and keeps the key file', async () => {
    const repository = await store.open();
    await store.snapshot(repository, { early });
    await assert.rejects(
      guard(repository, { kind: 'passphrase', passphrase: 'short' }),
      refused('invalid-params', /8 characters/),
    );
    await store.close(repository);
    await expectAll(await store.open(), early);
  });

  if (process.platform !== 'win32')
    it('is closed to others when they could read its file, and tells it', async () => {
      await store.close(await store.open());
      await chmod(await keyFile(), 0o644);
      const repository = await store.open();
      assert.equal((await stat(await keyFile())).mode & 0o777, 0o600);
      assert.deepEqual(repository.keys.guard, {
        kind: 'key-file',
        path: await keyFile(),
        exposed: true,
      });
    });

  describe('that was rotated', () => {
    it('writes with the new one, and reads what the old ones wrote', async () => {
      let repository = await store.open();
      await store.snapshot(repository, { early });
      const masters = [repository.keys.master];
      for (const content of [late, randomBytes(300), randomBytes(400)]) {
        await rotate(repository);
        masters.unshift(repository.keys.master);
        await store.snapshot(repository, { late: content });
        await expectAll(repository, early, content);
      }
      assert.deepEqual([repository.keys.master, ...repository.keys.older], masters);
      await store.close(repository);
      await rm(join(store.path, 'catalog'), { recursive: true });
      repository = await store.open();
      await expectAll(repository, early, late);
    });

    it('is enough, with the packs alone, to read everything, also with a damaged header', async () => {
      const repository = await store.open();
      await store.snapshot(repository, { early });
      const [packOfEarly = ''] = await repository.packIds();
      await rotate(repository);
      await store.snapshot(repository, { late });
      const { master } = repository.keys;
      await store.close(repository);
      await rm(join(store.path, 'config.json'));
      await rm(store.keyFolder, { recursive: true });
      await rm(join(store.path, 'catalog'), { recursive: true });
      await importKey(places(), master, { kind: 'key-file' });
      await flipBit(store.packPath(packOfEarly), 12);
      const again = await store.open();
      for (const content of [early, late])
        assert.deepEqual(await again.read(blobIdOf(content)), content);
      const { errors } = await store.verify(again);
      assert.deepEqual(
        errors.map(({ what, where, snapshots }) => ({ what, where, snapshots })),
        [{ what: 'pack', where: packOfEarly, snapshots: [] }],
      );
    });

    it('keeps the old recovery key from opening the store, and says why', async () => {
      const repository = await store.open();
      await store.snapshot(repository, { early });
      const old = repository.keys.master;
      await rotate(repository);
      await store.snapshot(repository, { late });
      await store.close(repository);
      await assert.rejects(
        importKey(places(), old, { kind: 'key-file' }),
        refused('wrong-key', /before the key was rotated/),
      );
      await assert.rejects(
        importKey(places(), randomBytes(32), { kind: 'key-file' }),
        refused('wrong-key', /does not belong/),
      );
      await expectAll(await store.open(), early, late);
    });
  });

  const keyFileShape = z.object({ format: z.string(), store: z.string(), key: z.string() });

  it('opens the store after every step at which a rotation can be cut short', async () => {
    let repository = await store.open();
    await store.snapshot(repository, { early });
    await store.close(repository);
    const path = await keyFile();
    const config = join(store.path, 'config.json');
    const [oldKey, oldConfig] = [await readFile(path, 'utf8'), await readFile(config, 'utf8')];
    repository = await store.open();
    await rotate(repository);
    const [newKey, newConfig] = [await readFile(path, 'utf8'), await readFile(config, 'utf8')];
    await store.close(repository);
    const both = JSON.stringify({
      ...keyFileShape.parse(JSON.parse(newKey)),
      previous: keyFileShape.parse(JSON.parse(oldKey)).key,
    });
    const steps = [
      ['the new key is beside the old one', both, oldConfig],
      ['the configuration follows', both, newConfig],
      ['the old key is gone', newKey, newConfig],
    ] as const;
    const saved = join(store.folder, 'saved');
    await cp(store.path, saved, { recursive: true });
    for (const [step, key, configuration] of steps) {
      await rm(store.path, { recursive: true });
      await cp(saved, store.path, { recursive: true });
      // Before the configuration follows no pack was written with the new key.
      if (configuration === oldConfig) await removeNewestPack(store);
      await writeFile(path, key, { mode: 0o600 });
      await writeFile(config, configuration);
      const opened = await store.open();
      await expectAll(opened, early);
      // Cut short or not, it can be rotated again.
      await rotate(opened);
      await store.snapshot(opened, { [step]: late });
      await store.close(opened);
      const again = await store.open();
      await expectAll(again, early, late);
      await store.close(again);
    }
  });

  it('is lost and imported: also with a damaged config.json, and never over another store', async () => {
    const repository = await store.open();
    await store.snapshot(repository, { early });
    const { master } = repository.keys;
    await store.close(repository);
    await rm(store.keyFolder, { recursive: true });
    await assert.rejects(store.open(), refused('key-missing'));
    await importKey(places(), master, { kind: 'passphrase', passphrase: PASSPHRASE });
    await writeFile(join(store.path, 'config.json'), '{"format": "bulw');
    await importKey(places(), master, { kind: 'key-file' });
    await expectAll(await store.open(), early);
  });
});

/** Removes the pack that begins with the older keys: the one that a rotation starts. */
async function removeNewestPack(store: StoreFixture): Promise<void> {
  const folder = join(store.path, 'packs');
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    if (bytes.readUInt8(32 + 4) === 4) await rm(join(folder, name));
  }
  await rm(join(store.path, 'catalog'), { recursive: true });
}
