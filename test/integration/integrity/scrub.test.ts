import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobIdOf } from '../../../agent/repository/blob-id';
import { guardKeys, withNewMaster } from '../../../agent/repository/keys/keys-change';
import { BulwarkError } from '../../../agent/support/errors';
import { IntegrityWorld } from '../../support/integrity-world';
import { flipBit, framesOf, type FramePlace } from '../repository/store-fixture';

describe('a store that is read back and mended', () => {
  let world: IntegrityWorld;
  beforeEach(async () => {
    world = await IntegrityWorld.make();
  });
  afterEach(() => world.remove());

  /** All frames of all packs. */
  async function frames(): Promise<(FramePlace & { pack: string; path: string })[]> {
    const { repository } = world.open;
    const found: (FramePlace & { pack: string; path: string })[] = [];
    for (const pack of await repository.packIds())
      for (const frame of await framesOf(repository, pack))
        found.push({ ...frame, pack, path: repository.packAccess(pack).path });
    return found;
  }
  async function damageContent(content: Buffer): Promise<void> {
    const frame = (await frames()).find(({ blobs }) => blobs.includes(blobIdOf(content)));
    assert.ok(frame);
    await flipBit(frame.path, frame.offset + 40);
  }
  async function damageCopy(content: Buffer): Promise<void> {
    const frame = (await frames()).find(({ blobs }) => blobs.includes(blobIdOf(content)));
    assert.ok(frame);
    await flipBit(join(world.root, 'mirror', 'packs', `${frame.pack}.pack`), frame.offset + 40);
  }
  async function verified(): Promise<{ errors: readonly unknown[] }> {
    const { errors } = (await world.open.care.diagnose({})).plan.report;
    return { errors };
  }

  it('is proven at once where it was just written, and wholly after everything was read', async () => {
    const { care } = world.open;
    const fresh = await world.integrity();
    assert.equal(fresh.provenBytes, 0);
    await care.readBack();
    const readBack = await world.integrity();
    assert.equal(readBack.provenBytes, readBack.totalBytes);
    assert.ok(readBack.score < 1, 'references and git states are not proven yet');
    await care.scrub();
    const whole = await world.integrity();
    assert.equal(whole.score, 1);
    assert.deepEqual([whole.structure?.ok, whole.meaning?.ok, whole.damage], [true, true, null]);
    await world.snapshot();
    assert.ok((await world.integrity()).score < 1, 'a new snapshot is not proven yet');
    await care.readBack();
    assert.equal((await world.integrity()).score, 1);
    await world.reopen();
    await world.open.care.scrub();
    assert.equal((await world.integrity()).score, 1);
  });

  it('begins again where it was when its memory is lost or damaged', async () => {
    await world.open.care.scrub();
    await world.stop();
    const path = join(world.home, 'integrity.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(5));
    await world.start();
    assert.equal((await world.integrity()).score, 0);
    await world.open.care.scrub();
    assert.equal((await world.integrity()).score, 1);
  });

  it('is mended from the folders themselves, whichever frame is damaged', async () => {
    await world.reopen();
    const { length } = await frames();
    assert.ok(length > 5);
    for (let i = 0; i < length; i++) {
      await world.reopen();
      const frame = (await frames())[i];
      if (frame === undefined) break;
      const before = world.events.length;
      await flipBit(frame.path, frame.offset + Math.floor(frame.length / 2));
      await world.open.care.scrub();
      const integrity = await world.integrity();
      assert.equal(
        integrity.damage,
        null,
        `${frame.type} ${String(i)}: ${String(integrity.damage?.message)}`,
      );
      assert.equal(integrity.score, 1);
      assert.equal(world.events.length, before + 1, 'one notice');
      assert.ok(existsSync(join(world.store, 'quarantine', `${frame.pack}.pack`)));
      assert.deepEqual((await verified()).errors, []);
    }
  });

  it('finds what is damaged right after it was written, before anybody needs it', async () => {
    const content = Buffer.from('fresh from the editor\n'.repeat(50));
    writeFileSync(join(world.repo, 'fresh.txt'), content);
    const { care } = world.open;
    await care.readBack();
    await world.snapshot();
    await damageContent(content);
    await care.readBack();
    assert.equal(world.events.length, 1);
    assert.deepEqual((await verified()).errors, []);
    assert.deepEqual(await world.open.repository.read(blobIdOf(content)), content);
  });

  it('tells exactly what is lost where nobody has it any more, and keeps all else', async () => {
    const draft = Buffer.from('a draft that was thrown away\n'.repeat(20));
    writeFileSync(join(world.repo, 'draft.md'), draft);
    const first = await world.snapshot();
    const second = await world.snapshot();
    rmSync(join(world.repo, 'draft.md'));
    const third = await world.snapshot();
    await world.reopen();
    await damageContent(draft);
    await world.open.care.scrub();
    const [event] = world.events;
    assert.equal(event?.kind, 'damage-found');
    const [draftLost, ...others] = event.outcome.affected;
    assert.ok(draftLost !== undefined && others.length === 0);
    const { source, root, path, what, snapshots } = draftLost;
    assert.deepEqual(
      [join(source, path), root, what],
      [join(world.repo, 'draft.md'), 'files', 'file'],
    );
    // Moments of the journal have it as well.
    assert.deepEqual(snapshots.slice(0, 2), [first.id, second.id]);
    assert.ok(!snapshots.includes(third.id));
    assert.ok(draftLost.first <= first.createdAt && draftLost.last >= second.createdAt);
    const integrity = await world.integrity();
    assert.ok(integrity.score < 1);
    assert.deepEqual([integrity.damage?.files, integrity.damage?.snapshots], [1, snapshots.length]);
    // Everything else of the same snapshots comes back.
    const { restore, repository } = world.open;
    const to = join(world.root, 'out');
    for (const snapshot of [third, first]) {
      const paths = snapshot === first ? ['kept.txt', 'run.sh', '.env'] : undefined;
      const target = `${to}-${snapshot.id}`;
      const plan = await restore.plan({
        snapshot,
        to: target,
        withGitState: false,
        ...(paths === undefined ? {} : { paths }),
      });
      assert.equal((await restore.apply(plan.id)).verified, true);
      assert.equal(readFileSync(join(target, '.env'), 'utf8'), 'SECRET=1\n');
    }
    await assert.rejects(
      repository.read(blobIdOf(draft)),
      (error) => error instanceof BulwarkError && error.reason === 'blob-missing',
    );
    // It is not told again and again; when the content is back, so is the snapshot.
    await world.open.care.scrub();
    assert.equal(world.events.length, 1);
    writeFileSync(join(world.repo, 'elsewhere.md'), draft);
    await world.snapshot();
    await world.open.care.scrub();
    assert.equal((await world.integrity()).score, 1);
    assert.deepEqual((await verified()).errors, []);
  });

  it('is mended from a replica, also where its copies are damaged at other places', async () => {
    const gone = ['only in old snapshots\n', 'in them, too\n'].map((line) => line.repeat(3000));
    for (const text of [...gone, '']) {
      writeFileSync(join(world.repo, 'draft.txt'), text);
      await world.snapshot();
    }
    await world.reopen();
    await world.open.replicas.add(join(world.root, 'mirror'), {});
    const [first = '', second = ''] = gone;
    for (const inCopy of [null, second]) {
      if (inCopy !== null) await damageCopy(Buffer.from(inCopy));
      await damageContent(Buffer.from(first));
      const found = await world.open.care.diagnose({});
      assert.ok(found.plan.lost.has(blobIdOf(Buffer.from(first))));
      const outcome = await world.open.care.repair(found.id, new AbortController().signal);
      assert.deepEqual([outcome.fromReplicas, outcome.lost], [found.plan.lost.size, []]);
      assert.deepEqual((await verified()).errors, []);
    }
  });

  it('is found again in a replica that was away when its pack was set aside', async () => {
    const gone = Buffer.from('only in an old snapshot\n'.repeat(3000));
    for (const text of [gone, '']) {
      writeFileSync(join(world.repo, 'draft.txt'), text);
      await world.snapshot();
    }
    await world.reopen();
    const mirror = join(world.root, 'mirror');
    await world.open.replicas.add(mirror, {});
    renameSync(mirror, `${mirror}.away`);
    await damageContent(gone);
    await world.open.care.scrub();
    assert.equal((await world.integrity()).damage?.files, 1);
    await assert.rejects(world.open.repository.read(blobIdOf(gone)));
    renameSync(`${mirror}.away`, mirror);
    await world.open.replicas.sync(null, {});
    await world.open.care.reclaim();
    assert.deepEqual(await world.open.repository.read(blobIdOf(gone)), gone);
    assert.equal((await world.integrity()).damage, null);
    assert.deepEqual((await verified()).errors, []);
  });

  it('is found again by a repair, also after the key was changed and the agent started anew', async () => {
    const gone = Buffer.from('only in an old snapshot\n'.repeat(3000));
    for (const text of [gone, '']) {
      writeFileSync(join(world.repo, 'draft.txt'), text);
      await world.snapshot();
    }
    await world.reopen();
    const mirror = join(world.root, 'mirror');
    await world.open.replicas.add(mirror, {});
    renameSync(mirror, `${mirror}.away`);
    await damageContent(gone);
    await world.open.care.scrub();
    const guard = { storePath: world.store, keyFolder: join(world.home, 'keys') };
    await world.open.repository.changeKeys((keys) =>
      guardKeys(guard, withNewMaster(keys), { kind: 'key-file' }),
    );
    await world.reopen();
    renameSync(`${mirror}.away`, mirror);
    const found = await world.open.care.diagnose({});
    assert.ok(found.plan.lost.has(blobIdOf(gone)));
    const outcome = await world.open.care.repair(found.id, new AbortController().signal);
    assert.deepEqual([outcome.fromReplicas, outcome.lost], [found.plan.lost.size, []]);
    assert.deepEqual(await world.open.repository.read(blobIdOf(gone)), gone);
    assert.deepEqual((await verified()).errors, []);
  });

  it('does not believe a replica unless its bytes are right', async () => {
    const gone = Buffer.from('only in old snapshots\n'.repeat(30));
    writeFileSync(join(world.repo, 'gone.txt'), gone);
    await world.snapshot();
    rmSync(join(world.repo, 'gone.txt'));
    await world.snapshot();
    await world.reopen();
    await world.open.replicas.add(join(world.root, 'mirror'), {});
    await damageCopy(gone);
    await damageContent(gone);
    await world.open.care.scrub();
    assert.equal((await world.integrity()).damage?.files, 1);
  });

  it('survives a whole pack that is gone: what is on disk is stored again', async () => {
    await world.reopen();
    for (const pack of readdirSync(join(world.store, 'packs')))
      rmSync(join(world.store, 'packs', pack));
    await world.open.care.scrub();
    const { errors } = await verified();
    assert.deepEqual(errors, []);
    assert.equal((await world.integrity()).score, 1);
  });
});
