import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobIdOf } from '../../../agent/repository/blob-id';
import { IntegrityWorld } from '../../support/integrity-world';
import { git } from '../../support/restore-world';
import { flipBit, framesOf } from '../repository/store-fixture';

const never = new AbortController().signal;

describe('a drill', () => {
  let world: IntegrityWorld;
  beforeEach(async () => {
    world = await IntegrityWorld.make();
  });
  afterEach(() => world.remove());

  function leftBehind(): string[] {
    const folder = join(world.home, 'bulwark-scratch');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  it('brings back each worktree with its git state, in the middle of a merge too, and leaves nothing behind', async () => {
    const { repo } = world;
    symlinkSync('kept.txt', join(repo, 'link'));
    mkdirSync(join(repo, 'empty'));
    git(repo, 'checkout', '-q', '-b', 'other');
    writeFileSync(join(repo, 'kept.txt'), 'theirs\n');
    git(repo, 'commit', '-qam', 'theirs');
    git(repo, 'checkout', '-q', 'main');
    writeFileSync(join(repo, 'kept.txt'), 'ours\n');
    git(repo, 'commit', '-qam', 'ours');
    git(repo, 'worktree', 'add', '-q', join(world.root, 'linked'), 'other');
    assert.throws(() => git(repo, 'merge', 'other'));
    await world.reopen();
    await world.snapshot();
    await world.snapshot(join(world.root, 'linked'));
    const report = await world.open.care.drill(null, never, () => undefined);
    assert.deepEqual(
      report.sources.map(({ path, ok, git: verdict, problems }) => [path, ok, verdict, problems]),
      [repo, join(world.root, 'linked')].map((path) => [path, true, { kind: 'accepted' }, []]),
    );
    assert.ok(report.ok && report.sources.every(({ files, bytes }) => files > 5 && bytes > 0));
    assert.deepEqual(leftBehind(), []);
    await world.reopen();
    assert.deepEqual(world.open.care.lastDrill?.sources.length, 2, 'the result is kept');
  });

  it('says what does not come back, and which source it is', async () => {
    const content = Buffer.from('not on the disk as it was\n'.repeat(20));
    writeFileSync(join(world.repo, 'broken.txt'), content);
    await world.snapshot();
    await world.reopen();
    const { repository, care } = world.open;
    for (const pack of await repository.packIds())
      for (const frame of await framesOf(repository, pack))
        if (frame.blobs.includes(blobIdOf(content)))
          await flipBit(repository.packAccess(pack).path, frame.offset + 50);
    const report = await care.drill(world.repo, never, () => undefined);
    assert.equal(report.ok, false);
    assert.ok((report.sources[0]?.problems.length ?? 0) > 0);
    assert.deepEqual(leftBehind(), []);
  });

  it('does not come into the way of undo: it is no restore of the user', async () => {
    await world.open.care.drill(null, never, () => undefined);
    assert.deepEqual(await world.open.repository.catalog.operations(10), []);
  });

  it('removes what a crash left of an earlier one', async () => {
    const left = join(world.home, 'bulwark-scratch', 'abc', 'files');
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'secret'), 'x');
    await world.reopen();
    assert.deepEqual(leftBehind(), []);
  });
});
