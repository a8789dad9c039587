import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { discoveryPath, readDiscovery } from '../../../agent/protocol/discovery';
import { startCliAgent } from '../../support/cli-agent';
import { cli, startCli, type CliRunOptions } from '../../support/cli-run';

describe('bulwark, starting and stopping the agent', () => {
  let home: string;
  let options: CliRunOptions;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-life-')));
    options = {
      home,
      cwd: home,
      agentScript: resolve(__dirname, '../../support/cli-agent-process.js'),
    };
  });

  afterEach(async () => {
    // An agent that a failed test left behind.
    const left = await readDiscovery(home);
    if (left !== null && left.pid !== process.pid) process.kill(left.pid);
    await rm(home, { recursive: true, force: true });
  });

  it('start starts the agent, says what is protected and what to do next', async () => {
    const { code, stdout } = await cli(['start'], options);
    assert.equal(code, 0);
    assert.match(stdout, /^Agent 0\.1\.0 started, pid \d+\.\nProtected: 1 worktree\n/);
    assert.match(stdout, /Next:\n {2}bulwark status --watch/);
    const again = await cli(['start', '--json'], options);
    const shape = z.object({
      agent: z.object({ started: z.literal(false), pid: z.int() }),
      worktrees: z.array(z.looseObject({})).length(1),
    });
    shape.parse(JSON.parse(again.stdout));
    assert.equal((await cli(['stop'], options)).code, 0);
  });

  it('any other command starts the agent, too, and stop ends its process', async () => {
    const { code, stdout } = await cli(['snapshot', '--json'], options);
    assert.equal(code, 0, stdout);
    const pid = (await readDiscovery(home))?.pid ?? 0;
    const stopped = await cli(['stop', '--json'], options);
    const shape = z.object({
      stopped: z.literal(true),
      agent: z.object({ pid: z.literal(pid), version: z.string() }),
      durationMs: z.number(),
    });
    shape.parse(JSON.parse(stopped.stdout));
    assert.throws(() => process.kill(pid, 0), 'the process is gone');
    assert.equal(await readDiscovery(home), null);
  });

  it('status and stop do not start an agent, and say that there is none', async () => {
    const status = await cli(['status'], options);
    assert.equal(status.code, 3);
    assert.match(status.stdout, /^No agent is running: .*\nStart it with: bulwark start\n$/);
    const asJson = await cli(['status', '--json'], options);
    assert.equal(asJson.code, 3);
    assert.deepEqual(JSON.parse(asJson.stdout), {
      agent: null,
      worktrees: [],
      store: null,
      losses: [],
      sources: [],
      waiting: [],
    });
    const stop = await cli(['stop'], options);
    assert.deepEqual([stop.code, stop.stdout], [0, 'No agent is running: nothing to stop.\n']);
    const stopJson = await cli(['stop', '--json'], options);
    assert.deepEqual(JSON.parse(stopJson.stdout), { stopped: false, agent: null });
    assert.equal(await readDiscovery(home), null);
  });

  it('does not say that no agent runs when the discovery file is damaged, and can start one', async () => {
    await writeFile(discoveryPath(home), '{"socket": ', { mode: 0o600 });
    for (const command of ['status', 'stop']) {
      const { code, stderr } = await cli([command], options);
      assert.equal(code, 1);
      assert.match(stderr, /agent\.json is damaged, or open to others\n.*bulwark start/);
    }
    assert.equal((await cli(['start'], options)).code, 0);
    assert.equal((await cli(['stop'], options)).code, 0);
  });

  it('takes the discovery file of a killed agent for none', async () => {
    await writeFile(
      discoveryPath(home),
      JSON.stringify({
        socket: join(home, 'gone.sock'),
        token: 'ab'.repeat(32),
        pid: 1,
        version: '0.1.0',
        startedAt: 0,
      }),
      { mode: 0o600 },
    );
    assert.equal((await cli(['status'], options)).code, 3);
    assert.equal((await cli(['snapshot'], options)).code, 0, 'a new one is started');
    await cli(['stop'], options);
  });

  it('start replaces an agent of an older version', async () => {
    const older = { ...options, env: { CLI_AGENT_VERSION: '0.0.9' } };
    await cli(['start'], older);
    const pid = (await readDiscovery(home))?.pid;
    const { code, stdout } = await cli(['start'], options);
    assert.equal(code, 0);
    assert.match(stdout, /of version 0\.0\.9: asking it to make room for 0\.1\.0/);
    assert.match(stdout, /Agent 0\.1\.0 started/);
    assert.notEqual((await readDiscovery(home))?.pid, pid);
    await cli(['stop'], options);
  });

  it('says why the agent did not start, with what it wrote', async () => {
    const script = join(home, 'broken.js');
    await writeFile(script, 'throw new Error("no such luck")');
    const { code, stderr } = await cli(['snapshot'], { ...options, agentScript: script });
    assert.equal(code, 1);
    assert.match(stderr, /^bulwark: the agent did not start[\s\S]*no such luck/);
  });

  it('says what is wrong with BULWARK_HOME when that is a file', async () => {
    const file = join(home, 'file');
    await writeFile(file, '');
    const { code, stderr } = await cli(['snapshot'], { ...options, home: file });
    assert.equal(code, 1);
    assert.match(stderr, /^bulwark: .*file/);
  });

  it('start --foreground runs the agent in this process until Ctrl-C', async () => {
    const running = startCli(['start', '--foreground'], {
      ...options,
      runAgent: async ({ home: where, signal }) => {
        const agent = await startCliAgent(where, where);
        const ended = new Promise<void>((done) => {
          signal.addEventListener('abort', () => void agent.close().then(done), { once: true });
        });
        return { ended };
      },
    });
    await running.stdout.waitFor('Ctrl-C ends it.');
    const second = await cli(['start', '--foreground'], options);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /an agent runs already \(pid \d+\)\n.*bulwark stop/);
    running.signal('SIGINT');
    assert.equal(await running.code, 0);
    assert.equal(await readDiscovery(home), null);
  });
});
