import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { startCliAgent, type CliAgent } from '../../support/cli-agent';

const PROGRAM = resolve(__dirname, '../../support/cli-process.js');

type Child = ChildProcessByStdio<null, Readable, Readable>;

describe('bulwark, as a process', () => {
  let home: string;
  let path: string;
  let agent: CliAgent;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-process-')));
    path = join(home, 'app');
    await mkdir(path);
    agent = await startCliAgent(home, path);
  });

  afterEach(async () => {
    await agent.close();
    await rm(home, { recursive: true, force: true });
  });

  function start(command: string, args: readonly string[]): Child {
    return spawn(command, args, {
      cwd: path,
      env: { ...process.env, BULWARK_HOME: home, PWD: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function end(
    child: Child,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: child.exitCode, stdout, stderr };
  }

  it('ends by itself with the exit code of the command', async () => {
    const good = await end(start(process.execPath, [PROGRAM, 'status']));
    assert.deepEqual([good.code, good.stderr], [0, '']);
    const wrong = await end(start(process.execPath, [PROGRAM, 'nonsense']));
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
  });

  if (process.platform !== 'win32') {
    it('passes an interrupt on to the agent and exits with 130', async () => {
      agent.script.hang = 'store/verify';
      const asked = agent.whenAsked('store/verify');
      const child = start(process.execPath, [PROGRAM, 'verify']);
      await asked;
      child.kill('SIGINT');
      const { code, stderr } = await end(child);
      assert.equal(code, 130);
      assert.match(stderr, /bulwark: stopped on request\n {2}The store was not read to its end/);
    });

    it('works in a folder that was deleted: that is when a restore is needed', async () => {
      const script = `rmdir "$PWD" && exec "$0" "$1" snapshot --json`;
      const { code } = await end(start('/bin/sh', ['-c', script, process.execPath, PROGRAM]));
      assert.equal(code, 0);
      assert.deepEqual(agent.script.asked, [{ method: 'snapshot/create', params: { path } }]);
    });

    it('ends quietly when the reader of a pipe leaves', async () => {
      const child = start(process.execPath, [PROGRAM, 'status', '--watch']);
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const closed = once(child, 'close');
      const stderr = text(child.stderr);
      // Writing this into the closed pipe is what tells that the reader left.
      const notice = { id: 'n', severity: 'info', source: null, action: null } as const;
      agent.publish({ kind: 'notice/raised', notice: { ...notice, message: 'anything' } });
      await closed;
      assert.equal(await stderr, '');
    });
  }

  if (process.platform === 'linux') {
    it('takes arguments whose bytes are not UTF-8', async () => {
      const script = `exec "$0" "$1" restore latest --dry-run --path "$(printf 'caf\\351.txt')"`;
      const { code } = await end(start('/bin/sh', ['-c', script, process.execPath, PROGRAM]));
      assert.equal(code, 0);
      const asked = agent.script.asked.find(({ method }) => method === 'restore/plan');
      assert.match(JSON.stringify(asked), /"paths":\["caf\\udce9\.txt"\]/);
    });
  }
});
