import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobIdOf } from '../../../agent/repository/blob-id';
import { guardKeys, withNewMaster } from '../../../agent/repository/keys/keys-change';
import { ReplicaWorld } from '../../support/replica-world';
import { deliver, flipBit, framesOf } from '../repository/store-fixture';
import { refused } from '../../support/refused';

const MIB = 1024 * 1024;
const DAY = 24 * 60 * 60_000;

describe('a replica of the store', () => {
  let world: ReplicaWorld;
  const early = randomBytes(9000);
  const late = randomBytes(9000);
  beforeEach(async () => {
    world = await ReplicaWorld.make();
    await world.store.snapshot(world.repository, { early });
  });
  afterEach(() => world.remove());

  const add = () => world.replicas.add(world.mirror, {});
  const packsOf = async (folder: string): Promise<string[]> =>
    (await readdir(join(folder, 'packs'))).filter((name) => name.endsWith('.pack')).sort();
  /** That the mirror has exactly the committed bytes of every pack. */
  async function expectSame(): Promise<void> {
    for (const { id, length } of world.repository.catalog.packs()) {
      const mine = await readFile(world.store.packPath(id));
      assert.ok(mine.subarray(0, length).equals(await readFile(world.copyOf(id))));
    }
    const config = join(world.store.path, 'config.json');
    assert.deepEqual(
      await readFile(join(world.mirror, 'config.json'), 'utf8'),
      await readFile(config, 'utf8'),
    );
  }

  it('holds what is committed, also of the pack that is still written to', async () => {
    const { state, holdings } = await add();
    assert.deepEqual(state, { kind: 'current' });
    assert.equal(holdings?.missingPacks, 0);
    await expectSame();
  });

  it('is behind for no longer than the set time after a commit', async () => {
    await add();
    await world.store.snapshot(world.repository, { late });
    const [view] = await world.replicas.views();
    assert.equal(view?.state.kind, 'behind');
    assert.equal(view.holdings?.missingPacks, 1);
    world.clock.advance(5 * 60_000);
    await world.until('current');
    await expectSame();
  });

  it('gets a large pack sealed, so that it is copied once, and a full one at once', async () => {
    await add();
    await deliver(world.repository, [randomBytes(9 * MIB)]);
    await world.store.snapshot(world.repository, { late });
    world.clock.advance(5 * 60_000);
    await world.until('current');
    assert.ok(world.repository.catalog.packs().every(({ sealed }) => sealed));
    for (let i = 0; i < 9; i++) await deliver(world.repository, [randomBytes(8 * MIB)]);
    await world.store.snapshot(world.repository, { done: Buffer.from('done') });
    await world.until('current');
    await world.replicas.sync(null, {});
    await expectSame();
  });

  it('is caught up with after it was unplugged, and its mount point stays empty', async () => {
    await add();
    const away = join(world.store.folder, 'in a drawer');
    await rename(world.mirror, away);
    await mkdir(join(world.mirror, 'packs'), { recursive: true });
    await world.store.snapshot(world.repository, { late });
    world.clock.advance(5 * 60_000);
    await world.until('away');
    await assert.rejects(world.replicas.sync(null, {}), refused('path-missing', /not there now/));
    assert.deepEqual(await packsOf(world.mirror), []);
    await rm(world.mirror, { recursive: true });
    await rename(away, world.mirror);
    world.clock.advance(60_000);
    await world.until('current');
    await expectSame();
  });

  it('is caught up with when the agent starts again', async () => {
    await add();
    await world.store.snapshot(world.repository, { late });
    await world.restart();
    await world.until('current');
    await expectSame();
    assert.deepEqual(await world.repository.read(blobIdOf(late)), late);
  });

  it('that vanishes in the middle of a copy is whole again when it is back', async () => {
    for (let i = 0; i < 3; i++) await deliver(world.repository, [randomBytes(30 * MIB)]);
    await world.store.snapshot(world.repository, { late });
    const away = join(world.store.folder, 'away');
    let isGone = false;
    await assert.rejects(
      world.replicas.add(world.mirror, {
        progress: () => {
          if (!isGone) renameSync(world.mirror, away);
          isGone = true;
        },
      }),
      refused('path-missing'),
    );
    await writeFile(
      join(away, 'packs', 'x.pack.0123456789ab.part'),
      'left by a writer that was killed',
    );
    await rename(away, world.mirror);
    await world.replicas.sync(null, {});
    await expectSame();
    assert.ok(!(await readdir(join(world.mirror, 'packs'))).some((name) => name.endsWith('.part')));
  });

  it('ends a copy that is cancelled, and goes on later', async () => {
    await deliver(world.repository, [randomBytes(70 * MIB)]);
    await world.store.snapshot(world.repository, { late });
    const stop = new AbortController();
    const work = { signal: stop.signal, progress: () => stop.abort() };
    await assert.rejects(world.replicas.add(world.mirror, work), refused('cancelled'));
    await world.replicas.sync(null, {});
    await expectSame();
  });

  describe('is refused where the folder', () => {
    it('has other content', async () => {
      await mkdir(world.mirror);
      await writeFile(join(world.mirror, 'mine'), 'mine');
      await assert.rejects(add(), refused('replica-refused', /not empty/));
      assert.deepEqual(await readdir(world.mirror), ['mine']);
    });
    it('is one already', async () => {
      await add();
      await assert.rejects(add(), refused('replica-refused', /already/));
    });
    it('is in the store, or below a folder that is not there', async () => {
      const inside = join(world.store.path, 'mirror');
      await assert.rejects(
        world.replicas.add(inside, {}),
        refused('replica-refused', /one another/),
      );
      const nowhere = join(world.disk, 'not mounted', 'mirror');
      await assert.rejects(world.replicas.add(nowhere, {}), refused('path-missing'));
    });
    it('belongs to another store', async () => {
      await add();
      const other = await ReplicaWorld.make();
      try {
        await assert.rejects(
          other.replicas.add(world.mirror, {}),
          refused('replica-refused', /another store/),
        );
      } finally {
        await other.remove();
      }
    });
  });

  it('that was removed keeps what it holds, and can be added again', async () => {
    await add();
    await world.replicas.remove(world.mirror);
    assert.deepEqual(await world.replicas.views(), []);
    assert.equal((await packsOf(world.mirror)).length, 1);
    await world.store.snapshot(world.repository, { late });
    assert.equal((await add()).state.kind, 'current');
    await expectSame();
  });

  describe('gives back what the store has lost:', () => {
    beforeEach(async () => {
      await add();
      await world.restart();
      await world.store.snapshot(world.repository, { late });
      await world.replicas.sync(null, {});
    });
    const packOf = (content: Buffer): string =>
      world.repository.catalog.locate(blobIdOf(content))?.pack ?? '';

    it('a damaged frame is read from it, and the pack is mended', async () => {
      const pack = packOf(early);
      const good = await readFile(world.store.packPath(pack));
      const [frame] = await framesOf(world.repository, pack);
      await flipBit(world.store.packPath(pack), (frame?.offset ?? 0) + 40);
      assert.deepEqual(await world.repository.read(blobIdOf(early)), early);
      assert.ok(await world.repository.mendPack(pack));
      assert.deepEqual(await readFile(world.store.packPath(pack)), good);
      const quarantine = await readdir(join(world.store.path, 'quarantine'));
      assert.equal(quarantine.length, 1);
      assert.ok(quarantine[0]?.startsWith(pack));
      assert.deepEqual((await world.store.verify(world.repository)).errors, []);
    });

    it('a pack that is gone is brought back', async () => {
      const pack = packOf(early);
      await rm(world.store.packPath(pack));
      assert.deepEqual(await world.repository.read(blobIdOf(early)), early);
      assert.ok(await world.repository.mendPack(pack));
      assert.deepEqual((await world.store.verify(world.repository)).errors, []);
    });

    it('a frame of the pack that is written to is read from it', async () => {
      const pack = packOf(late);
      const places = await framesOf(world.repository, pack);
      const frame = places.find(({ blobs }) => blobs.includes(blobIdOf(late)));
      await flipBit(world.store.packPath(pack), (frame?.offset ?? 0) + 40);
      assert.deepEqual(await world.repository.read(blobIdOf(late)), late);
    });

    it('a copy that is damaged, too, mends nothing, but its whole frames are read', async () => {
      const pack = packOf(early);
      const [frame, , last] = await framesOf(world.repository, pack);
      await flipBit(world.store.packPath(pack), (frame?.offset ?? 0) + 40);
      await flipBit(world.copyOf(pack), (last?.offset ?? 0) + 25);
      assert.deepEqual(await world.repository.read(blobIdOf(early)), early);
      assert.equal(await world.repository.mendPack(pack), false);
    });

    it('nothing, when it is not there', async () => {
      const pack = packOf(early);
      await rename(world.mirror, `${world.mirror}.away`);
      const [frame] = await framesOf(world.repository, pack);
      await flipBit(world.store.packPath(pack), (frame?.offset ?? 0) + 40);
      await assert.rejects(world.repository.read(blobIdOf(early)), refused('pack-damaged'));
    });
  });

  it('that is damaged is found by reading it back, and mended from the store', async () => {
    await add();
    await world.restart();
    await world.until('current');
    const [pack = ''] = await world.repository.packIds();
    await flipBit(world.copyOf(pack), 100);
    const [view] = await world.replicas.verify(null, {});
    assert.deepEqual(view?.verified?.report.damaged, [pack]);
    assert.deepEqual(view.verified.report.repaired, [pack]);
    assert.deepEqual(await readdir(join(world.mirror, 'quarantine')), [`${pack}.pack`]);
    await expectSame();
    const [again] = await world.replicas.verify(null, {});
    assert.deepEqual(again?.verified?.report.damaged, []);
  });

  it('never takes over damage of the store in the place of a whole copy', async () => {
    await add();
    const [pack = ''] = await world.repository.packIds();
    const [frame] = await framesOf(world.repository, pack);
    await world.store.snapshot(world.repository, { late });
    await flipBit(world.store.packPath(pack), (frame?.offset ?? 0) + 40);
    const before = await readFile(world.copyOf(pack));
    await assert.rejects(world.replicas.sync(null, {}), refused('pack-damaged', /cannot be read/));
    assert.deepEqual(await readFile(world.copyOf(pack)), before);
  });

  it('gives up a pack only when the store did so on purpose, and only after the grace', async () => {
    await add();
    await world.restart();
    await world.until('current');
    const [pack = ''] = await world.repository.packIds();
    const foreign = 'f'.repeat(32);
    await writeFile(world.copyOf(foreign), 'of a store whose disk was emptied');
    const dropped = 'd'.repeat(32);
    await writeFile(world.copyOf(dropped), 'collected');
    await world.replicas.dropping([dropped, pack]);
    for (let i = 0; i < 5; i++) await world.replicas.sync(null, {});
    assert.ok((await packsOf(world.mirror)).includes(`${dropped}.pack`));
    world.clock.advance(DAY);
    await world.replicas.sync(null, {});
    // What the store still has was not deleted in the end.
    assert.deepEqual(await packsOf(world.mirror), [`${foreign}.pack`, `${pack}.pack`].sort());
  });

  it('gets the new key at once when it is rotated', async () => {
    await add();
    const { path: storePath } = world.repository;
    const places = { storePath, keyFolder: world.store.keyFolder };
    await world.repository.changeKeys((keys) =>
      guardKeys(places, withNewMaster(keys), { kind: 'key-file' }),
    );
    await world.replicas.sync(null, {});
    await world.store.snapshot(world.repository, { late });
    await world.replicas.sync(null, {});
    await expectSame();
    const [view] = await world.replicas.verify(null, {});
    assert.deepEqual(view?.verified?.report.damaged, []);
  });

  /** A small file system of its own can be made by root on Linux alone. */
  if (process.platform === 'linux' && process.getuid?.() === 0)
    it('on a full disk says so, keeps what it had, and goes on when there is room', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', world.disk]);
      try {
        await add();
        const filler = join(world.disk, 'filler');
        await writeFile(filler, Buffer.alloc(6 * MIB));
        await deliver(world.repository, [randomBytes(4 * MIB)]);
        await world.store.snapshot(world.repository, { late });
        await assert.rejects(world.replicas.sync(null, {}), refused('disk-full'));
        const [view] = await world.replicas.views();
        assert.equal(view?.state.kind, 'failing');
        const [copied] = await packsOf(world.mirror);
        assert.ok((await stat(join(world.mirror, 'packs', copied ?? ''))).size > 9000);
        await rm(filler);
        await world.replicas.sync(null, {});
        await expectSame();
      } finally {
        await world.replicas.close();
        execFileSync('umount', ['-l', world.disk]);
      }
    });
});
