import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  chmodSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Detectors } from '../../../agent/monitor/git/detectors';
import type { GitPlace } from '../../../agent/monitor/git/detector';
import { liveGitAt } from '../../../agent/monitor/git/live-git';
import { silentLog } from '../../../agent/support/log';
import { discover } from '../../../agent/worktrees/discovery';
import { ManualClock } from '../../unit/server/manual-clock';
import { Sandbox } from '../worktrees/sandbox';
import { until } from '../worktrees/until';

describe('a fault of git is found without a git command', () => {
  let box: Sandbox;
  let clock: ManualClock;
  let detectors: Detectors;
  let repo: string;
  let linked: GitPlace;
  let main: GitPlace;
  beforeEach(async () => {
    box = new Sandbox();
    clock = new ManualClock();
    detectors = new Detectors({ clock, git: box.git, log: silentLog });
    repo = box.repository('repo');
    box.run('repo', 'worktree', 'add', '-q', '-b', 'feature', '../linked');
    const found = await discover(box.git, repo);
    assert.ok(found.kind === 'repository');
    const [first, second] = found.worktrees;
    assert.ok(first !== undefined && second !== undefined);
    [main, linked] = [first, second];
  });
  afterEach(() => box.remove());

  /** Faults that are found, each with the end of the path that it is about. */
  const faults = async (place: GitPlace): Promise<string[]> => {
    const found = [
      await detectors.look('worktree', place),
      await detectors.look('repository', place),
    ];
    assert.deepEqual(
      found.flatMap(({ unknown }) => unknown),
      [],
    );
    return found.flatMap((one) => one.faults.map(({ fault }) => fault));
  };
  const over = async (place: GitPlace, looks: number): Promise<string[]> => {
    let last: string[] = [];
    for (let i = 0; i < looks; i++) {
      last = await faults(place);
      clock.advance(30_000);
    }
    return last;
  };

  it('none in a healthy repository of any kind, and nothing is written', async () => {
    box.run('.', 'init', '-q', '--bare', 'bare.git');
    box.run('.', 'init', '-q', 'unborn');
    box.run('.', 'clone', '-q', 'repo', 'packed');
    box.run('packed', 'pack-refs', '--all');
    box.run('packed', 'repack', '-adq');
    box.run('packed', 'config', 'index.skipHash', 'true');
    box.run('packed', 'update-index', '--force-write-index');
    box.run('.', 'clone', '-q', 'repo', 'split');
    box.run('split', 'update-index', '--split-index');
    box.run('.', 'clone', '-q', 'repo', 'version4');
    box.run('version4', 'update-index', '--index-version=4');
    box.run('.', 'init', '-q', '--object-format=sha256', '-b', 'main', 'sha256');
    box.commit('sha256', 'file', 'x');
    box.run('.', 'clone', '-q', 'repo', 'detached');
    box.run('detached', 'checkout', '-q', '--detach');
    box.run('.', 'clone', '-q', 'repo', 'conflict');
    box.run('conflict', 'checkout', '-q', '-b', 'other');
    box.commit('conflict', 'file', 'other');
    box.run('conflict', 'checkout', '-q', 'main');
    box.commit('conflict', 'file', 'main');
    box.runConflicting('conflict', 'merge', 'other');
    box.run('.', 'clone', '-q', 'repo', 'super');
    box.run('super', 'submodule', '--quiet', 'add', repo, 'libs/sub');
    const names = [
      'unborn',
      'packed',
      'split',
      'version4',
      'sha256',
      'detached',
      'conflict',
      'super',
    ];
    const before = names.map((name) => stamps(box.path(name)));
    for (const name of [...names, 'linked', 'repo']) {
      const found = await discover(box.git, box.path(name));
      assert.ok(found.kind === 'repository');
      for (const place of found.worktrees) assert.deepEqual(await over(place, 4), [], name);
    }
    const bare = {
      path: box.path('bare.git'),
      gitDir: box.path('bare.git'),
      commonDir: box.path('bare.git'),
    };
    const none = await detectors.look('repository', { ...bare, role: 'main' });
    assert.deepEqual(none.faults, []);
    assert.deepEqual(
      names.map((name) => stamps(box.path(name))),
      before,
    );
  });

  it('1: a lock that a killed git left behind, but only once it is surely stale', async () => {
    writeFileSync(join(linked.gitDir, 'index.lock'), '');
    assert.deepEqual(await over(linked, 2), []);
    assert.equal((await detectors.look('worktree', linked)).again, true);
    assert.deepEqual(await faults(linked), ['git.lock-stale']);
    rmSync(join(linked.gitDir, 'index.lock'));
    assert.deepEqual(await faults(linked), []);
  });

  it('1: not a lock that comes and goes', async () => {
    for (let i = 0; i < 6; i++) {
      rmSync(join(linked.gitDir, 'index.lock'), { force: true });
      writeFileSync(join(linked.gitDir, 'index.lock'), String(i));
      assert.deepEqual(await over(linked, 1), []);
    }
  });

  it('1: not the lock of a git that still runs (needs Linux)', async function () {
    if (process.platform !== 'linux') this.skip();
    appendFileSync(join(linked.path, 'file'), 'more');
    const commit = spawn('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-aq'], {
      cwd: linked.path,
      env: { ...process.env, GIT_EDITOR: 'sleep 100 #' },
      stdio: 'ignore',
      detached: true,
    });
    try {
      const lock = join(linked.gitDir, 'index.lock');
      await until(() => existsSync(lock), 'the commit that waits for its editor');
      assert.equal(await liveGitAt(linked), 'yes');
      assert.deepEqual(await over(linked, 5), []);
    } finally {
      const ended = new Promise((resolve) => commit.once('exit', resolve));
      process.kill(-(commit.pid ?? 0), 'SIGKILL');
      await ended;
    }
    assert.deepEqual(await over(linked, 5), ['git.lock-stale']);
  });

  it('2: locks of refs and of the configuration', async () => {
    writeFileSync(join(main.commonDir, 'refs', 'heads', 'main.lock'), '');
    writeFileSync(join(main.commonDir, 'config.lock'), '');
    writeFileSync(join(main.commonDir, 'packed-refs.lock'), '');
    assert.deepEqual(await over(main, 4), ['git.lock-stale', 'git.lock-stale', 'git.lock-stale']);
  });

  it('3: an index that is empty, cut short or garbage', async () => {
    const path = join(linked.gitDir, 'index');
    const whole = readFileSync(path);
    for (const content of [
      Buffer.alloc(0),
      whole.subarray(0, 40),
      Buffer.alloc(whole.length),
      Buffer.concat([whole.subarray(0, 50), Buffer.from('x'), whole.subarray(51)]),
      Buffer.concat([whole, Buffer.from('more')]),
    ]) {
      writeFileSync(path, content);
      assert.deepEqual(await faults(linked), ['git.index-damaged']);
    }
    writeFileSync(path, whole);
    assert.deepEqual(await faults(linked), []);
  });

  it('4: a split index whose shared part is gone', async () => {
    box.run('linked', 'update-index', '--split-index');
    assert.deepEqual(await faults(linked), []);
    for (const name of readdirSync(linked.gitDir))
      if (name.startsWith('sharedindex.')) rmSync(join(linked.gitDir, name));
    assert.deepEqual(await faults(linked), ['git.index-part-missing']);
  });

  it('6: an object that a crash left empty', async () => {
    const id = box.run('repo', 'rev-parse', 'HEAD:file').trim();
    const path = join(main.commonDir, 'objects', id.slice(0, 2), id.slice(2));
    const whole = readFileSync(path);
    chmodSync(path, 0o644);
    truncateSync(path);
    assert.deepEqual(await faults(main), ['git.object-empty']);
    writeFileSync(path, whole);
    assert.deepEqual(await faults(main), []);
  });

  it('7: a branch that is empty or NUL', async () => {
    const path = join(main.commonDir, 'refs', 'heads', 'main');
    const whole = readFileSync(path);
    for (const content of ['', '\0'.repeat(41), 'garbage\n']) {
      writeFileSync(path, content);
      assert.deepEqual(await faults(main), ['git.ref-damaged']);
    }
    writeFileSync(path, whole);
    assert.deepEqual(await faults(main), []);
  });

  it('8: a HEAD that is empty, garbage or gone', async () => {
    const path = join(linked.gitDir, 'HEAD');
    for (const content of ['', '\0'.repeat(23), 'main\n']) {
      writeFileSync(path, content);
      assert.deepEqual(await faults(linked), ['git.head-damaged']);
    }
    rmSync(path);
    assert.deepEqual(await faults(linked), ['git.head-damaged']);
  });

  it('9: core.bare that leaked into a repository with files', async () => {
    box.run('repo', 'config', 'core.bare', 'true');
    assert.deepEqual(await faults(main), ['git.marked-bare']);
    appendFileSync(join(main.commonDir, 'config'), '[core]\n\tbare = false ; mended\n');
    assert.deepEqual(await faults(main), []);
  });

  it('10: a worktree without its .git, also inside another one', async () => {
    rmSync(join(linked.path, '.git'));
    assert.deepEqual(await faults(linked), ['git.link-missing']);
    box.run('repo', 'worktree', 'add', '-q', '-b', 'inner', 'inner');
    const found = await discover(box.git, box.path('repo', 'inner'));
    assert.ok(found.kind === 'repository');
    const inner = found.worktrees.find(({ path }) => path.endsWith('inner'));
    assert.ok(inner !== undefined);
    rmSync(join(inner.path, '.git'));
    assert.deepEqual(await faults(inner), ['git.link-missing']);
  });

  it('11: a worktree whose main one has moved', async () => {
    renameSync(repo, box.path('moved'));
    assert.ok((await faults(linked)).includes('git.admin-missing'));
  });

  it('12: a worktree whose admin folder is gone, or is that of another', async () => {
    rmSync(linked.gitDir, { recursive: true });
    assert.deepEqual(await faults(linked), ['git.admin-missing']);
    box.run('repo', 'worktree', 'add', '-q', '-b', 'other', '../other');
    writeFileSync(join(linked.path, '.git'), readFileSync(box.path('other', '.git')));
    assert.deepEqual(await faults(linked), ['git.link-elsewhere']);
  });

  it('16: a submodule that leads nowhere', async () => {
    box.run('.', 'clone', '-q', 'repo', 'super');
    box.run('super', 'submodule', '--quiet', 'add', repo, 'libs/sub');
    renameSync(box.path('super', 'libs'), box.path('super', 'vendor'));
    const found = await discover(box.git, box.path('super'));
    assert.ok(found.kind === 'repository' && found.worktrees[0] !== undefined);
    assert.deepEqual(await faults(found.worktrees[0]), ['git.submodule-lost']);
    mkdirSync(box.path('super', 'libs', 'sub'), { recursive: true });
    assert.deepEqual(await faults(found.worktrees[0]), []);
  });
});

/** Names, sizes and times of everything below a folder. */
function stamps(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, ino } = statSync(join(folder, name));
      return `${name} ${String(size)} ${String(mtimeMs)} ${String(ino)}`;
    });
}
