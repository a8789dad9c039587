import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery } from '../../../agent/protocol/discovery';
import type { RecoveryInfo } from '../../../agent/protocol/recovery-entities';

const AGENT = resolve(__dirname, '../../../agent/main.js');

describe('what breaks in git while nobody looks', function () {
  this.timeout(90_000);
  let folder: string;
  let repo: string;
  let linked: string;
  let client: AgentClient;

  const git = (cwd: string, ...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const bulwark = (...args: string[]): Promise<{ code: number; out: string }> =>
    new Promise((settle) => {
      const env = { ...process.env, BULWARK_HOME: join(folder, 'home') };
      const child = execFile(
        process.execPath,
        [AGENT, ...args],
        { cwd: folder, env },
        (_error, out, err) => {
          settle({ code: child.exitCode ?? -1, out: out + err });
        },
      );
    });

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-git-healing-')));
    repo = join(folder, 'app');
    linked = join(folder, 'linked');
    git(folder, 'init', '-q', '-b', 'main', 'app');
    await writeFile(join(repo, 'file'), 'committed\n');
    git(repo, 'add', '-A');
    git(repo, 'commit', '-qm', 'one');
    git(repo, 'worktree', 'add', '-q', '-b', 'fix', linked);
    await writeFile(join(linked, 'staged'), 'staged, not committed\n');
    git(linked, 'add', 'staged');
    await bulwark('start', repo);
    await bulwark('snapshot', linked);
    const discovery = await readDiscovery(join(folder, 'home'));
    assert.ok(discovery !== null);
    client = await AgentClient.connect(discovery, {
      name: 'a test',
      version: '1',
      interactive: false,
    });
  });

  after(async () => {
    client.close();
    await bulwark('stop');
    await rm(folder, { recursive: true, force: true });
  });

  /** Breaks something, and waits until the agent has mended it. */
  function healedAfter(fault: string, breakIt: () => void): Promise<RecoveryInfo> {
    return new Promise((settle) => {
      const listening = client.onEvent(({ event }) => {
        if (event.kind !== 'recovery/changed') return;
        const { recovery } = event;
        if (recovery.fault !== fault || recovery.state !== 'healed') return;
        listening.dispose();
        settle(recovery);
      });
      breakIt();
    });
  }

  it('is mended by the agent, with all that was staged', async () => {
    const index = join(repo, '.git', 'worktrees', 'linked', 'index');
    await healedAfter('git.index-damaged', () => truncateSync(index));
    assert.equal(git(linked, 'status', '--porcelain'), 'A  staged\n');
  });

  it('can be taken back by the one command that takes recoveries back', async () => {
    const link = join(linked, '.git');
    const whole = readFileSync(link, 'utf8');
    const { id } = await healedAfter('git.link-missing', () => {
      rmSync(link);
    });
    assert.equal(readFileSync(link, 'utf8'), whole);
    const shown = await bulwark('recoveries', 'show', id);
    assert.match(shown.out, /after: +the fault is gone/);
    const undone = await bulwark('recoveries', 'undo', id);
    assert.equal(undone.code, 0, undone.out);
    assert.throws(() => readFileSync(link), /ENOENT/);
    // It is left alone now; a person mends it.
    assert.equal((await bulwark('doctor', repo, '--fix')).code, 0);
    assert.equal(git(linked, 'status', '--porcelain'), 'A  staged\n');
  });

  it('is mended with all that is gone: a commit that only one worktree is at, and its files', async () => {
    git(linked, 'commit', '-qm', 'staged');
    git(linked, 'checkout', '-q', '--detach');
    await writeFile(join(linked, 'file'), 'of the last commit\n');
    git(linked, 'commit', '-qam', 'on no branch');
    await bulwark('snapshot', linked);
    const ids = ['HEAD', 'HEAD^{tree}', 'HEAD:file'].map((of) =>
      git(linked, 'rev-parse', of).trim(),
    );
    await healedAfter('git.object-missing', () => {
      for (const id of ids)
        rmSync(join(repo, '.git', 'objects', id.slice(0, 2), id.slice(2)), { force: true });
      writeFileSync(join(linked, 'file'), 'an edit after it\n');
    });
    assert.equal(git(linked, 'status', '--porcelain'), ' M file\n');
    assert.equal(git(linked, 'show', 'HEAD:file'), 'of the last commit\n');
    assert.equal(git(repo, 'fsck', '--connectivity-only').includes('missing'), false);
  });
});
