import * as assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BulwarkError } from '../../../agent/support/errors';
import { git, picture, RestoreWorld } from '../../support/restore-world';

describe('restoring a worktree with its git state', () => {
  let world: RestoreWorld;
  let main: string;
  let linked: string;

  const write = (path: string, text: string): void => writeFileSync(path, text);
  const commit = (cwd: string, message: string): string => {
    git(cwd, 'add', '-A');
    git(cwd, 'commit', '-q', '-m', message);
    return git(cwd, 'rev-parse', 'HEAD');
  };

  beforeEach(async () => {
    world = await RestoreWorld.open();
    main = join(world.root, 'repo');
    linked = join(world.root, 'feature');
    mkdirSync(main);
    git(main, 'init', '-q', '-b', 'main');
    write(join(main, 'a.txt'), 'one\n');
    write(join(main, 'b.txt'), 'b\n');
    commit(main, 'one');
    git(main, 'worktree', 'add', '-q', '-b', 'feature', linked);
  });

  afterEach(() => world.close());

  const restore = async (
    snapshot: Awaited<ReturnType<RestoreWorld['snapshot']>>,
    withGitState: boolean,
  ): Promise<readonly string[]> => {
    const engine = world.engine();
    const outcome = await engine.apply((await engine.plan({ snapshot, withGitState })).id);
    assert.deepEqual(
      outcome.notes.filter((note) => note.startsWith('Not as restored')),
      [],
    );
    assert.equal(outcome.verified, true);
    return outcome.notes;
  };
  const status = (cwd: string): string => git(cwd, 'status', '--porcelain=v1', '-b');

  it('moves no ref and no index unless asked to', async () => {
    const snapshot = await world.snapshot(main);
    write(join(main, 'a.txt'), 'two\n');
    const second = commit(main, 'two');
    await restore(snapshot, false);
    assert.equal(git(main, 'rev-parse', 'HEAD'), second);
    assert.equal(status(main), '## main\n M a.txt');
  });

  it('brings back what was staged, the branch and HEAD, keeps the old value in the reflog, and undoes it', async () => {
    write(join(main, 'a.txt'), 'staged\n');
    git(main, 'add', 'a.txt');
    write(join(main, 'a.txt'), 'unstaged\n');
    const first = git(main, 'rev-parse', 'HEAD');
    const before = status(main);
    const snapshot = await world.snapshot(main);
    const second = commit(main, 'two');
    git(main, 'switch', '-q', '-c', 'other');
    write(join(main, 'c.txt'), 'c\n');
    const third = commit(main, 'three');
    const later = status(main);

    await restore(snapshot, true);
    assert.equal(status(main), before);
    assert.equal(git(main, 'show', ':a.txt'), 'staged');
    assert.equal(git(main, 'rev-parse', 'main'), first);
    assert.equal(git(main, 'rev-parse', 'main@{1}'), second);
    assert.equal(git(main, 'rev-parse', 'other'), third);
    assert.equal(git(linked, 'rev-parse', 'HEAD'), first);
    assert.ok(!existsSync(join(main, '.git/index.lock')));

    await world.engine().undo();
    assert.equal(status(main), later);
    assert.equal(git(main, 'rev-parse', 'main'), second);
    await world.engine().undo();
    assert.equal(status(main), before);
    git(main, 'fsck', '--strict');
  });

  it('brings back a merge that stopped in a conflict', async () => {
    write(join(linked, 'a.txt'), 'theirs\n');
    commit(linked, 'theirs');
    write(join(main, 'a.txt'), 'ours\n');
    commit(main, 'ours');
    assert.throws(() => git(main, 'merge', 'feature'));
    const snapshot = await world.snapshot(main);
    const before = status(main);
    git(main, 'merge', '--abort');
    await restore(snapshot, true);
    assert.equal(status(main), before);
    assert.ok(existsSync(join(main, '.git/MERGE_HEAD')));
    assert.match(readFileSync(join(main, 'a.txt'), 'utf8'), /<<<<<<< HEAD/);
  });

  it('goes back to a branch without a commit, and forward again', async () => {
    const young = join(world.root, 'young');
    mkdirSync(young);
    git(young, 'init', '-q', '-b', 'main');
    write(join(young, 'staged.txt'), 'staged\n');
    git(young, 'add', '-A');
    const before = status(young);
    const snapshot = await world.snapshot(young);
    write(join(young, 'more.txt'), 'more\n');
    const first = commit(young, 'first');
    await restore(snapshot, true);
    assert.equal(status(young), before);
    await world.engine().undo();
    assert.equal(git(young, 'rev-parse', 'main'), first);
    assert.equal(status(young), '## main');
    git(young, 'fsck', '--strict');
  });

  it('refuses to touch the index while git is at work', async () => {
    const snapshot = await world.snapshot(main);
    write(join(main, 'a.txt'), 'two\n');
    git(main, 'add', '-A');
    write(join(main, '.git/index.lock'), '');
    const engine = world.engine();
    const plan = await engine.plan({ snapshot, withGitState: true });
    await assert.rejects(
      engine.apply(plan.id),
      (error) => error instanceof BulwarkError && error.reason === 'busy',
    );
    assert.equal(readFileSync(join(main, 'a.txt'), 'utf8'), 'two\n');
    assert.ok(existsSync(join(main, '.git/index.lock')));
  });

  it('brings a deleted worktree back, registered, with branch, index and uncommitted work', async () => {
    write(join(linked, 'a.txt'), 'staged\n');
    git(linked, 'add', '-A');
    write(join(linked, 'new.txt'), 'never added\n');
    const before = status(linked);
    const files = picture(linked);
    const snapshot = await world.snapshot(linked);
    rmSync(linked, { recursive: true });
    git(main, 'worktree', 'prune');
    git(main, 'branch', '-q', '-D', 'feature');

    await restore(snapshot, false);
    assert.equal(status(linked), before);
    assert.deepEqual(picture(linked), files);
    assert.match(git(main, 'worktree', 'list', '--porcelain'), /feature\n/);
    assert.ok(!git(main, 'worktree', 'list', '--porcelain').includes('prunable'));
    assert.deepEqual(readdirSync(join(main, '.git/worktrees')), ['feature']);
    git(main, 'fsck', '--strict');
  });

  it('brings a deleted folder back whose registration is still there', async () => {
    write(join(linked, 'new.txt'), 'never added\n');
    const before = status(linked);
    const snapshot = await world.snapshot(linked);
    rmSync(linked, { recursive: true });
    await restore(snapshot, false);
    assert.equal(status(linked), before);
  });

  it('comes back detached where its branch is checked out elsewhere by now', async () => {
    const head = git(linked, 'rev-parse', 'HEAD');
    const snapshot = await world.snapshot(linked);
    git(main, 'worktree', 'remove', '--force', linked);
    const other = join(world.root, 'other');
    git(main, 'worktree', 'add', '-q', other, 'feature');
    const notes = await restore(snapshot, false);
    assert.ok(notes.some((note) => note.includes('checked out in another worktree')));
    assert.equal(git(linked, 'rev-parse', 'HEAD'), head);
    assert.throws(() => git(linked, 'symbolic-ref', 'HEAD'));
    assert.equal(git(other, 'symbolic-ref', 'HEAD'), 'refs/heads/feature');
  });

  it('takes another name for its registration where that is used by a new worktree', async () => {
    write(join(linked, 'new.txt'), 'mine\n');
    const snapshot = await world.snapshot(linked);
    git(main, 'worktree', 'remove', '--force', linked);
    const taken = join(world.root, 'elsewhere/feature');
    git(main, 'worktree', 'add', '-q', '-b', 'another', taken);
    await restore(snapshot, false);
    assert.equal(status(taken), '## another');
    assert.equal(status(linked), '## feature\n?? new.txt');
    assert.deepEqual(readdirSync(join(main, '.git/worktrees')).sort(), ['feature', 'feature1']);
  });

  it('brings back commits that git has thrown away with the branch', async () => {
    write(join(linked, 'a.txt'), 'precious\n');
    const head = commit(linked, 'precious');
    const snapshot = await world.snapshot(linked);
    git(main, 'worktree', 'remove', '--force', linked);
    git(main, 'branch', '-q', '-D', 'feature');
    git(main, 'reflog', 'expire', '--expire=now', '--all');
    git(main, 'gc', '-q', '--prune=now');
    assert.throws(() => git(main, 'cat-file', '-e', head));
    await restore(snapshot, false);
    assert.equal(git(linked, 'rev-parse', 'feature'), head);
    assert.equal(status(linked), '## feature');
    git(main, 'fsck', '--strict');
  });

  it('brings back what was staged but never committed, also after git has thrown it away', async () => {
    write(join(main, 'a.txt'), 'staged only\n');
    git(main, 'add', '-A');
    write(join(main, 'a.txt'), 'changed again\n');
    const before = status(main);
    const snapshot = await world.snapshot(main);
    git(main, 'reset', '-q', '--hard');
    git(main, 'gc', '-q', '--prune=now');
    await restore(snapshot, true);
    assert.equal(status(main), before);
    assert.equal(git(main, 'show', ':a.txt'), 'staged only');
    git(main, 'fsck', '--strict');
  });

  it('brings a lost .git back with its commits, branches, index and worktrees', async () => {
    git(main, 'branch', 'kept');
    git(main, 'tag', 'v1');
    git(main, 'gc', '-q');
    write(join(main, 'a.txt'), 'staged\n');
    git(main, 'add', '-A');
    write(join(main, 'new.txt'), 'x\n');
    const before = status(main);
    const log = git(main, 'log', '--all', '--oneline');
    const snapshot = await world.snapshot(main);
    rmSync(join(main, '.git'), { recursive: true });
    rmSync(join(main, 'b.txt'));
    await restore(snapshot, false);
    assert.equal(status(main), before);
    assert.equal(git(main, 'log', '--all', '--oneline'), log);
    assert.deepEqual(git(main, 'branch', '--format=%(refname:short)').split('\n').sort(), [
      'feature',
      'kept',
      'main',
    ]);
    assert.equal(status(linked), '## feature');
    git(main, 'fsck', '--strict');
  });

  it('brings everything back when all of it is gone', async () => {
    write(join(main, 'new.txt'), 'x\n');
    write(join(linked, 'other.txt'), 'y\n');
    const before = [status(main), status(linked)];
    const ofMain = await world.snapshot(main);
    const ofLinked = await world.snapshot(linked);
    rmSync(main, { recursive: true });
    rmSync(linked, { recursive: true });
    await restore(ofLinked, false);
    await restore(ofMain, false);
    assert.deepEqual([status(main), status(linked)], before);
    git(main, 'fsck', '--strict');
  });

  it('finds its way when only the .git file of a linked worktree is lost', async () => {
    const snapshot = await world.snapshot(linked);
    rmSync(join(linked, '.git'));
    await restore(snapshot, false);
    assert.equal(status(linked), '## feature');
  });

  it('restores to another folder without a git state, and says so when asked for one', async () => {
    const snapshot = await world.snapshot(main);
    const to = join(world.root, 'copy');
    const engine = world.engine();
    await assert.rejects(
      engine.plan({ snapshot, to, withGitState: true }),
      (error) => error instanceof BulwarkError && error.reason === 'restore-refused',
    );
    await engine.apply((await engine.plan({ snapshot, to, withGitState: false })).id);
    assert.ok(!existsSync(join(to, '.git')));
    assert.equal(readFileSync(join(to, 'a.txt'), 'utf8'), 'one\n');
  });

  it('leaves the git state alone where another repository stands there now', async () => {
    const snapshot = await world.snapshot(linked);
    renameSync(linked, join(world.root, 'moved'));
    mkdirSync(linked);
    git(linked, 'init', '-q', '-b', 'new');
    const notes = await restore(snapshot, false);
    assert.ok(notes.some((note) => note.includes('another repository')));
    assert.equal(git(linked, 'symbolic-ref', 'HEAD'), 'refs/heads/new');
  });
});
