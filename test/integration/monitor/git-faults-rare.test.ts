import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Detectors } from '../../../agent/monitor/git/detectors';
import type { GitFault, GitPlace } from '../../../agent/monitor/git/detector';
import { silentLog } from '../../../agent/support/log';
import { discover } from '../../../agent/worktrees/discovery';
import { ManualClock } from '../../unit/server/manual-clock';
import { Sandbox } from '../worktrees/sandbox';
import { until } from '../worktrees/until';

describe('a rare fault of git is found, and what only looks like it is not', () => {
  let box: Sandbox;
  let clock: ManualClock;
  let detectors: Detectors;
  let main: GitPlace;
  beforeEach(async () => {
    box = new Sandbox();
    clock = new ManualClock();
    detectors = new Detectors({ clock, git: box.git, log: silentLog });
    box.repository('repo');
    main = await placeOf('repo');
  });
  afterEach(() => box.remove());

  const placeOf = async (name: string): Promise<GitPlace> => {
    const found = await discover(box.git, box.path(name));
    assert.ok(found.kind === 'repository');
    const place = found.worktrees.find(({ path }) => path === box.path(name));
    assert.ok(place !== undefined);
    return place;
  };
  const look = async (place: GitPlace): Promise<GitFault[]> => {
    const found = [
      await detectors.look('worktree', place),
      await detectors.look('repository', place),
    ];
    assert.deepEqual(
      found.flatMap(({ unknown }) => unknown),
      [],
    );
    return found.flatMap((one) => [...one.faults]);
  };
  const faults = async (place: GitPlace): Promise<string[]> =>
    (await look(place)).map(({ fault }) => fault);
  const objectOf = (name: string, of: string): string => {
    const id = box.run(name, 'rev-parse', of).trim();
    return join(box.path(name), '.git', 'objects', id.slice(0, 2), id.slice(2));
  };

  describe('5: an index that names a blob which is gone', () => {
    it('when it was staged and then lost', async () => {
      box.write('repo/staged', 'only here\n');
      box.run('repo', 'add', 'staged');
      assert.deepEqual(await faults(main), []);
      const path = objectOf('repo', ':staged');
      renameSync(path, box.path('aside'));
      const [found] = await look(main);
      assert.equal(found?.fault, 'git.index-object-missing');
      assert.equal(found.details?.['count'], 1);
      renameSync(box.path('aside'), path);
      assert.deepEqual(await faults(main), []);
    });

    it('also in an index of version 4, and of SHA-256', async () => {
      for (const [name, ...options] of [['four'], ['long', '--object-format=sha256']] as const) {
        box.run('.', 'init', '-q', '-b', 'main', ...options, name);
        box.commit(name, 'a-file', 'a\n');
        box.commit(name, 'a-file-beside', 'b\n');
        box.run(name, 'update-index', '--index-version=4');
        const place = await placeOf(name);
        assert.deepEqual(await faults(place), []);
        rmSync(objectOf(name, ':a-file-beside'), { force: true });
        assert.deepEqual(await faults(place), ['git.index-object-missing'], name);
      }
    });

    it('not where it is packed, borrowed, only meant to be added, or a submodule', async () => {
      box.write('repo/meant', '');
      box.run('repo', 'add', '-N', 'meant');
      box.run('repo', 'submodule', '--quiet', 'add', box.path('repo'), 'sub');
      assert.deepEqual(await faults(main), []);
      box.run('repo', 'repack', '-adq');
      box.run('repo', 'prune-packed');
      assert.deepEqual(await faults(main), []);
      box.run('.', 'clone', '-q', '--shared', 'repo', 'borrowed');
      assert.deepEqual(await faults(await placeOf('borrowed')), []);
      box.run('repo', 'gc', '-q', '--prune=now');
      assert.deepEqual(await faults(main), []);
    });
  });

  describe('6: a commit that a worktree is at and that is gone', () => {
    it('at a branch, packed or not, and with a detached HEAD', async () => {
      assert.deepEqual(await faults(main), []);
      const path = objectOf('repo', 'HEAD');
      renameSync(path, box.path('aside'));
      const [found] = await look(main);
      assert.equal(found?.fault, 'git.object-missing');
      assert.equal(found.part, path);
      renameSync(box.path('aside'), path);
      assert.deepEqual(await faults(main), []);
      box.run('repo', 'checkout', '-q', '--detach');
      renameSync(path, box.path('aside'));
      assert.deepEqual(await faults(main), ['git.object-missing']);
      renameSync(box.path('aside'), path);
      box.run('repo', 'repack', '-adq');
      box.run('repo', 'prune-packed');
      assert.deepEqual(await faults(main), []);
    });

    it('not before the first commit', async () => {
      box.run('.', 'init', '-q', '-b', 'main', 'new');
      box.write('new/staged', 'no commit yet\n');
      box.run('new', 'add', 'staged');
      assert.deepEqual(await faults(await placeOf('new')), []);
    });
  });

  describe('6: an object that does not hold what its name says', () => {
    for (const [what, damage] of [
      ['cut short', (data: Buffer) => data.subarray(0, data.length - 3)],
      ['zeros', (data: Buffer) => Buffer.alloc(data.length)],
    ] as const)
      it(`one that came as ${what}`, async () => {
        assert.deepEqual(await faults(main), []);
        box.commit('repo', 'other', 'new content\n');
        const path = objectOf('repo', 'HEAD:other');
        const whole = readFileSync(path);
        chmodSync(path, 0o644);
        writeFileSync(path, damage(whole));
        assert.deepEqual(await faults(main), ['git.object-corrupt']);
        writeFileSync(path, whole);
        assert.deepEqual(await faults(main), []);
      });

    it('one that holds another object', async () => {
      box.commit('repo', 'other', 'new content\n');
      const path = objectOf('repo', 'HEAD:other');
      chmodSync(path, 0o644);
      writeFileSync(path, readFileSync(objectOf('repo', 'HEAD:file')));
      assert.deepEqual(await faults(main), ['git.object-corrupt']);
    });
  });

  describe('17 and 25: what is left of a worktree that was removed', () => {
    const added = async (): Promise<void> => {
      box.run('repo', 'worktree', 'add', '-q', '-b', 'side', '../side');
      assert.deepEqual(await faults(main), []);
    };

    it('a folder that somebody still writes to', async () => {
      await added();
      box.run('repo', 'worktree', 'remove', '../side');
      mkdirSync(box.path('side'));
      writeFileSync(box.path('side', 'written.log'), 'late');
      const [found] = await look(main);
      assert.equal(found?.fault, 'worktree.left-behind');
      assert.equal(found.part, box.path('side'));
      rmSync(box.path('side'), { recursive: true });
      assert.deepEqual(await faults(main), []);
    });

    it('nothing when it was removed, moved, or something new is in its place', async () => {
      await added();
      box.run('repo', 'worktree', 'move', '../side', '../moved');
      assert.deepEqual(await faults(main), []);
      box.run('repo', 'worktree', 'remove', '../moved');
      assert.deepEqual(await faults(main), []);
      box.run('repo', 'worktree', 'add', '-q', '../again', 'side');
      await faults(main);
      box.run('repo', 'worktree', 'remove', '../again');
      box.repository('again');
      assert.deepEqual(await faults(main), []);
    });

    it('a server that nobody stops, but not a shell that is open there (needs Linux)', async function () {
      if (process.platform !== 'linux') this.skip();
      await added();
      // Its parent ends at once, as that of a server does which outlives its terminal.
      box.shell(`cd side && { sleep 60 >/dev/null 2>&1 & echo $! >../server.pid; }`);
      const pid = Number(readFileSync(box.path('server.pid'), 'utf8'));
      const shell = spawn('sleep', ['60'], { cwd: box.path('side'), stdio: 'ignore' });
      try {
        const isOrphan = (): boolean =>
          /^\S+ \(.*\) \S 1 /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
        await until(isOrphan, 'the server whose parent has ended');
        assert.deepEqual(await faults(main), []);
        box.run('repo', 'worktree', 'remove', '../side');
        const [found, ...more] = await look(main);
        assert.deepEqual(more, []);
        assert.equal(found?.fault, 'worktree.processes-left');
        assert.equal(found.details?.['pids'], String(pid));
      } finally {
        const ended = new Promise((resolve) => shell.once('exit', resolve));
        shell.kill('SIGKILL');
        process.kill(pid, 'SIGKILL');
        await ended;
      }
      await until(() => !isRunning(pid), 'the end of the server');
      assert.deepEqual(await faults(main), []);
    });
  });

  it('18: a daemon of git that died, and a socket whose path is too long', async () => {
    const socket = join(main.gitDir, 'fsmonitor--daemon.ipc');
    const server = createServer().listen(socket);
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      box.run('repo', 'config', 'core.fsmonitor', 'true');
      assert.deepEqual(await faults(main), []);
      // What a daemon that was killed leaves: a socket that nobody listens at.
      renameSync(socket, `${socket}.kept`);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    renameSync(`${socket}.kept`, socket);
    clock.advance(61_000);
    assert.deepEqual(await faults(main), ['git.fsmonitor-dead']);
    box.run('repo', 'config', 'core.fsmonitor', 'false');
    assert.deepEqual(await faults(main), []);

    const long = `long/${'x'.repeat(100)}`;
    mkdirSync(box.path('long'));
    box.repository(long);
    const far = await placeOf(long);
    assert.deepEqual(await faults(far), []);
    box.run(long, 'config', 'core.fsmonitor', 'true');
    assert.deepEqual(await faults(far), ['git.fsmonitor-dead']);
  });

  it('20: an object that git never finished, once nobody can be writing it', async () => {
    writeFileSync(join(main.commonDir, 'objects', 'pack', 'tmp_pack_AbCdEf'), 'x'.repeat(1000));
    assert.deepEqual(await faults(main), []);
    clock.advance(40_000);
    assert.deepEqual(await faults(main), []);
    clock.advance(40_000);
    const [found] = await look(main);
    assert.equal(found?.fault, 'git.write-cut-off');
    assert.equal(found.details?.['bytes'], 1000);
    rmSync(join(main.commonDir, 'objects', 'pack', 'tmp_pack_AbCdEf'));
    assert.deepEqual(await faults(main), []);
  });

  it('21: a worktree that another user owns, with the line that makes git trust it (needs root)', async function () {
    if (process.getuid?.() !== 0) this.skip();
    for (const name of ['', '.git', 'file']) lchownSync(box.path('repo', name), 12_345, 12_345);
    const [found] = await look(main);
    assert.equal(found?.fault, 'git.owner-foreign');
    assert.equal(
      found.details?.['command'],
      `git config --global --add safe.directory ${box.path('repo')}`,
    );
    for (const name of ['', '.git', 'file']) chownSync(box.path('repo', name), 0, 0);
    assert.deepEqual(await faults(main), []);
  });

  it('22: a partial clone whose other objects are gone, but not one that can get them', async () => {
    box.run('repo', 'config', 'uploadpack.allowFilter', 'true');
    box.commit('repo', 'file', 'two\n');
    const url = `file://${box.path('repo')}`;
    box.run('.', 'clone', '-q', '--filter=blob:none', url, 'partial');
    const partial = await placeOf('partial');
    rmSync(objectOf('partial', ':file'), { force: true });
    assert.deepEqual(await faults(partial), []);
    renameSync(box.path('repo'), box.path('elsewhere'));
    assert.deepEqual(await faults(partial), ['git.promise-broken']);
    box.run('partial', 'remote', 'set-url', 'origin', 'ssh://git@example.com/repo.git');
    assert.deepEqual(await faults(partial), []);
  });

  it('23: pointers of Git LFS in place of files, but not text about them', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 123456\n`;
    box.commit('repo', 'example.bin', pointer);
    assert.deepEqual(await faults(main), []);
    box.commit('repo', '.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    const [found] = await look(main);
    assert.equal(found?.fault, 'git.lfs-pointers');
    assert.equal(found.details?.['first'], 'example.bin');
    writeFileSync(box.path('repo', 'example.bin'), Buffer.alloc(5000));
    assert.deepEqual(await faults(main), []);
  });

  it('nothing is written by any look', async () => {
    const before = readdirSync(main.gitDir, { recursive: true, encoding: 'utf8' }).sort();
    await faults(main);
    await faults(main);
    assert.deepEqual(
      readdirSync(main.gitDir, { recursive: true, encoding: 'utf8' }).sort(),
      before,
    );
  });
});

/** Whether a process has a folder that it works in; one that has ended does not. */
function isRunning(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`) !== '';
  } catch {
    return false;
  }
}
