import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentClient } from '../../../agent/protocol/client';
import { discoveryPath, type Discovery } from '../../../agent/protocol/discovery';
import { findLiveAgent, startAgent } from '../../../agent/protocol/launch';
import { systemClock } from '../../../agent/support/clock';
import { Bench } from '../server/harness';

const IDENTITY = { name: 'test', version: '1', interactive: false };

describe('starting the agent', function () {
  this.timeout(30_000);
  const bench = new Bench();
  const started: Discovery[] = [];
  afterEach(async () => {
    for (const discovery of started.splice(0)) await stop(discovery);
    await bench.close();
  });

  async function start(home: string, mode = 'works', timeoutMs = 20_000): Promise<Discovery> {
    const discovery = await startAgent({
      execPath: process.execPath,
      agentScript: join(__dirname, 'fake-agent.js'),
      home,
      env: { ...process.env, FAKE_AGENT: mode },
      timeoutMs,
      sleep: (ms) => systemClock.sleep(ms),
    });
    started.push(discovery);
    return discovery;
  }

  it('waits until it answers', async () => {
    const home = join(await bench.folder(), 'new home');
    const discovery = await start(home);
    assert.notEqual(discovery.pid, process.pid);
    const client = await AgentClient.connect(discovery, IDENTITY);
    assert.deepEqual(client.agent, { version: '9.9.9', pid: discovery.pid });
    client.close();
    assert.equal(await readFile(join(home, 'starts.txt'), 'utf8'), 'agent\n');
  });

  it('starts no second one', async () => {
    const home = await bench.folder();
    const first = await start(home);
    assert.deepEqual(await start(home), first);
    assert.equal(await readFile(join(home, 'starts.txt'), 'utf8'), 'agent\n');
    started.pop();
  });

  it('is not misled by the discovery file of an agent that was killed', async () => {
    const home = await bench.folder();
    const dead = await start(home);
    started.pop();
    process.kill(dead.pid, 'SIGKILL');
    while ((await findLiveAgent(home)) !== null) await systemClock.sleep(2);
    const discovery = await start(home);
    assert.notEqual(discovery.pid, dead.pid);
  });

  it('tells what the agent said when it does not start', async () => {
    const home = await bench.folder();
    await assert.rejects(start(home, 'fails'), (error: Error & { reason?: string }) => {
      assert.equal(error.reason, 'agent-unreachable');
      assert.match(error.message, /ended with 1/);
      assert.match(error.message, /the store is locked by pid 1/);
      return true;
    });
  });

  it('hands on why the agent cannot start, and what to do about it', async () => {
    const home = await bench.folder();
    await assert.rejects(start(home, 'refuses'), {
      reason: 'wrong-key',
      message: 'the agent did not start: not this key',
      hint: 'Put the right key back.',
    });
  });

  it('gives up after the time that it was given', async () => {
    const home = await bench.folder();
    const failure = start(home, 'hangs', 300);
    await assert.rejects(failure, { reason: 'agent-unreachable', message: /within 300 ms/ });
    await killWhenThere(join(home, 'pid.txt'));
  });

  it('is told when the program is not there', async () => {
    const home = await bench.folder();
    await assert.rejects(
      startAgent({
        execPath: join(home, 'no-such-node'),
        agentScript: join(__dirname, 'fake-agent.js'),
        home,
        env: {},
        timeoutMs: 20_000,
        sleep: (ms) => systemClock.sleep(ms),
      }),
      { reason: 'agent-unreachable', message: /ENOENT/ },
    );
  });

  it('says so when its folder cannot be made', async () => {
    const file = join(await bench.folder(), 'file');
    await writeFile(file, '');
    await assert.rejects(start(file), {
      reason: 'not-a-directory',
      message: `the agent did not start: ${file} is not a folder, or lies below a file`,
      hint: 'BULWARK_HOME can name another folder.',
    });
  });

  if (process.platform === 'linux')
    it('says so where the system lets nobody make a folder', async () => {
      await assert.rejects(start('/proc/self/bulwark/home'), {
        reason: 'permission-denied',
        message: 'the agent did not start: /proc/self/bulwark/home cannot be written (ENOENT)',
      });
    });

  it('finds no agent where the file is damaged', async () => {
    const home = await bench.folder();
    await writeFile(discoveryPath(home), '{', { mode: 0o600 });
    assert.equal(await findLiveAgent(home), null);
  });
});

async function killWhenThere(pidFile: string): Promise<void> {
  for (;;) {
    const pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
    if (pid > 0) {
      process.kill(pid, 'SIGKILL');
      return;
    }
    await systemClock.sleep(5);
  }
}

async function stop(discovery: Discovery): Promise<void> {
  const client = await AgentClient.connect(discovery, IDENTITY);
  const closed = new Promise((resolve) => client.onClose(resolve));
  await client.call('agent/drain', {});
  await closed;
  for (;;) {
    try {
      process.kill(discovery.pid, 0);
    } catch {
      return;
    }
    await systemClock.sleep(5);
  }
}
