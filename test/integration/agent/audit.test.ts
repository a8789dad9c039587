import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery, type Discovery } from '../../../agent/protocol/discovery';
import type { AuditEntry } from '../../../agent/protocol/audit-methods';
import { KillableAgent } from '../../support/killable-agent';
import { cli } from '../../support/cli-run';

describe('The audit trail of the real agent', function () {
  this.timeout(60_000);
  let folder: string;
  let project: string;
  let agent: KillableAgent;
  let client: AgentClient;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-audited-')));
    project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'notes.txt'), 'weeks of work\n');
    agent = new KillableAgent(join(folder, 'home'));
    client = await agent.start();
  });

  afterEach(async () => {
    client.close();
    await agent.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function discovery(): Promise<Discovery> {
    const found = await readDiscovery(agent.home);
    assert.ok(found !== null);
    return found;
  }

  async function entries(action = ''): Promise<AuditEntry[]> {
    return (await client.call('audit/list', { action })).entries;
  }

  it('tells who asked for a restore, through which program, and what became of it', async () => {
    const coder = await AgentClient.connect(await discovery(), {
      name: 'Careful Coder',
      version: '1',
      interactive: false,
      kind: 'coding-agent',
      pid: 4242,
    });
    try {
      await coder.call('worktree/protect', { path: project });
      const { id } = await coder.call('snapshot/create', { path: project, label: 'before it' });
      await rm(join(project, 'notes.txt'));
      const plan = await coder.call('restore/plan', { snapshot: id });
      const { operation } = await coder.call('restore/apply', { plan: plan.id });
      const [done, begun] = await entries('restore/');
      assert.deepEqual(done?.by, { kind: 'coding-agent', name: 'Careful Coder', pid: 4242 });
      assert.equal(done.phase, 'done');
      assert.equal(done.target, project);
      assert.match(done.outcome ?? '', new RegExp(`operation ${operation}.*restored 1`));
      assert.equal(begun?.phase, 'begun');
      assert.equal((await entries('snapshot/create'))[0]?.why, 'before it');
    } finally {
      coder.close();
    }
  });

  it('writes down what was refused, with the reason', async () => {
    await assert.rejects(client.call('snapshot/create', { path: '/' }));
    const [refused] = await entries('snapshot/create');
    assert.equal(refused?.phase, 'failed');
    assert.match(refused.outcome ?? '', /^not-protected: /);
  });

  it('holds no passphrase and no key', async () => {
    const passphrase = 'correct horse battery staple';
    await client.call('key/change', { to: { kind: 'passphrase', passphrase } });
    const { key } = await client.call('store/exportKey', {});
    assert.equal((await entries('key/change')).length, 2);
    assert.equal((await entries('store/exportKey'))[0]?.by.name, 'test');
    for (const name of await readdir(join(agent.home, 'audit'))) {
      const text = await readFile(join(agent.home, 'audit', name), 'utf8');
      assert.equal(text.includes(passphrase), false);
      assert.equal(text.includes(key), false);
    }
  });

  it('tells of requests from terminals with the pid, and of the agent’s own work', async () => {
    await client.call('worktree/protect', { path: project });
    const run = await cli(['snapshot'], { home: agent.home, cwd: project });
    assert.equal(run.code, 0);
    const [typed] = await entries('snapshot/create');
    assert.deepEqual(typed?.by, { kind: 'terminal', name: 'bulwark', pid: process.pid });
    const [started] = await entries('agent/started');
    assert.equal(started?.by.kind, 'agent');
    assert.equal(started.target, agent.home);
  });

  it('has lost nothing that was answered when the agent is killed, and tells of changed settings', async () => {
    await client.call('worktree/protect', { path: project });
    await agent.kill();
    await writeFile(join(agent.home, 'settings.json'), JSON.stringify({ settleMs: 600 }));
    client = await agent.start();
    assert.equal((await entries('worktree/protect'))[0]?.phase, 'done');
    assert.equal((await entries('settings/changed')).length, 1);
    const { code, stdout } = await cli(['audit', '--verify'], { home: agent.home, cwd: folder });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^Unchanged: \d+ entries hold together/);
  });

  it('shows that somebody has edited it', async () => {
    await client.call('worktree/protect', { path: project });
    const trail = join(agent.home, 'audit', '000000000001.jsonl');
    const text = await readFile(trail, 'utf8');
    await writeFile(trail, text.replace('"name":"test"', '"name":"tost"'));
    const { code, stdout } = await cli(['audit', '--verify'], { home: agent.home, cwd: folder });
    assert.equal(code, 1);
    assert.match(stdout, /not as it was written:\n {2}entry \d+: it was changed/);
  });

  it('is exported as it is, and into no file that is there', async () => {
    await client.call('worktree/protect', { path: project });
    const at = { home: agent.home, cwd: folder };
    assert.equal((await cli(['audit', '--export', 'audit.jsonl'], at)).code, 0);
    const lines = (await readFile(join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
    const trail = await readFile(join(agent.home, 'audit', '000000000001.jsonl'), 'utf8');
    assert.deepEqual(
      lines.map((line): unknown => JSON.parse(line)),
      trail
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    );
    assert.equal((await cli(['audit', '--export', 'audit.jsonl'], at)).code, 2);
    const listed = await cli(['audit', '--since', '1 hour ago'], at);
    assert.match(listed.stdout, /worktree\/protect +done +test/);
  });
});
