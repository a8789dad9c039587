import * as assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotRecord } from '../../../agent/repository/record';
import { git, picture, RestoreWorld } from '../../support/restore-world';

describe('what git has thrown away', () => {
  let world: RestoreWorld;
  let main: string;

  const commit = (cwd: string, text: string): string => {
    writeFileSync(join(cwd, 'a.txt'), text);
    git(cwd, 'add', '-A');
    git(cwd, 'commit', '-q', '-m', text);
    return git(cwd, 'rev-parse', 'HEAD');
  };
  const forget = (): void => {
    git(main, 'reflog', 'expire', '--expire=now', '--all');
    git(main, 'gc', '-q', '--prune=now');
  };
  const restore = async (snapshot: SnapshotRecord, withGitState = true): Promise<void> => {
    const engine = world.engine();
    const outcome = await engine.apply((await engine.plan({ snapshot, withGitState })).id);
    assert.deepEqual(outcome.notes, []);
    assert.equal(outcome.verified, true);
  };

  beforeEach(async () => {
    world = await RestoreWorld.open();
    main = join(world.root, 'repo');
    mkdirSync(main);
    git(main, 'init', '-q', '-b', 'main');
    commit(main, 'one');
  });
  afterEach(() => world.close());

  it('comes back although many snapshots were taken since git threw it away', async () => {
    const precious = commit(main, 'precious');
    const snapshot = await world.snapshot(main);
    git(main, 'reset', '-q', '--hard', 'HEAD~1');
    forget();
    for (const text of ['two', 'three', 'four']) {
      commit(main, text);
      await world.snapshot(main);
    }
    await restore(snapshot);
    assert.equal(git(main, 'rev-parse', 'HEAD'), precious);
    assert.equal(git(main, 'status', '--porcelain'), '');
    git(main, 'fsck', '--strict');
  });

  it('comes back from a .git that was caught while it was being deleted', async () => {
    const head = commit(main, 'precious');
    const snapshot = await world.snapshot(main);
    rmSync(join(main, '.git/objects'), { recursive: true });
    mkdirSync(join(main, '.git/objects'));
    await world.snapshot(main);
    rmSync(join(main, '.git'), { recursive: true });
    await restore(snapshot, false);
    assert.equal(git(main, 'rev-parse', 'HEAD'), head);
    git(main, 'fsck', '--strict');
  });

  it('brings a dropped stash back, once, beside the others', async () => {
    for (const text of ['first', 'second', 'third']) {
      writeFileSync(join(main, 'a.txt'), text);
      git(main, 'stash', 'push', '-q', '-m', `my ${text}`);
    }
    const before = git(main, 'stash', 'list');
    const snapshot = await world.snapshot(main);
    git(main, 'stash', 'drop', '-q');
    await restore(snapshot);
    assert.equal(git(main, 'stash', 'list'), before);
    git(main, 'stash', 'clear');
    forget();
    await world.snapshot(main);
    await restore(snapshot);
    assert.equal(git(main, 'stash', 'list'), before);
    await restore(snapshot);
    assert.equal(git(main, 'stash', 'list'), before);
    git(main, 'stash', 'pop', '-q', '--index');
    assert.equal(readFileSync(join(main, 'a.txt'), 'utf8'), 'third');
    git(main, 'fsck', '--strict');
  });

  it('brings a deleted submodule back as a submodule, and its git state when asked', async () => {
    const library = join(world.root, 'library');
    mkdirSync(library);
    git(library, 'init', '-q', '-b', 'main');
    commit(library, 'library');
    git(main, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'lib/in');
    const inner = join(main, 'lib/in');
    writeFileSync(join(inner, 'dirty'), 'dirty\n');
    writeFileSync(join(inner, 'staged'), 'staged\n');
    git(inner, 'add', 'staged');
    const files = picture(inner);
    const status = git(inner, 'status', '--porcelain=v1', '-b');
    const link = readFileSync(join(inner, '.git'), 'utf8');
    const snapshot = await world.snapshot(inner);

    git(inner, 'reset', '-q', '--hard');
    await restore(snapshot);
    assert.equal(git(inner, 'status', '--porcelain=v1', '-b'), status);

    for (const lost of [inner, join(main, '.git/modules')]) {
      rmSync(inner, { recursive: true });
      rmSync(lost, { recursive: true, force: true });
      await restore(snapshot, false);
      assert.deepEqual(picture(inner), files);
      assert.equal(git(inner, 'status', '--porcelain=v1', '-b'), status);
      assert.equal(readFileSync(join(inner, '.git'), 'utf8'), link);
      git(inner, 'fsck', '--strict');
    }
  });
});
