import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../../agent/protocol/client';
import type { AgentEvent } from '../../../agent/protocol/events';
import type { IncidentInfo } from '../../../agent/protocol/incident-entities';
import { cli } from '../../support/cli-run';
import { KillableAgent, nextTurn } from '../../support/killable-agent';

type Told = Extract<AgentEvent, { incident: unknown }>;

describe('Incidents of the real agent', function () {
  this.timeout(120_000);
  let folder: string;
  let agent: KillableAgent;
  let client: AgentClient;
  let told: Told[];
  let changed: () => void;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-incidents-')));
    agent = new KillableAgent(join(folder, 'home'));
    await connect();
  });

  afterEach(async () => {
    client.close();
    await agent.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function connect(): Promise<void> {
    told = [];
    changed = () => undefined;
    client = await agent.start();
    client.onEvent(({ event }) => {
      if (!('incident' in event)) return;
      told.push(event);
      changed();
    });
  }

  /** Waits for an event about an incident. */
  async function until(isIt: (event: Told) => boolean): Promise<IncidentInfo> {
    for (;;) {
      const found = told.find(isIt);
      if (found !== undefined) return found.incident;
      await new Promise<void>((resolve) => (changed = resolve));
    }
  }

  /** Waits until every component answers. */
  async function allUp(): Promise<void> {
    for (;;) {
      const changing = new Promise<void>((resolve) => {
        const listener = client.onEvent(({ event }) => {
          if (event.kind !== 'component/changed') return;
          listener.dispose();
          resolve();
        });
      });
      const { components } = await client.call('component/list', {});
      if (components.every(({ state }) => state.kind === 'up')) return;
      await changing;
    }
  }

  async function listening(): Promise<{ server: Server; port: number }> {
    const server = createServer((socket) => socket.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return { server, port: address.port };
  }

  it('a component that is down, and what depends on it, are one incident from beginning to end', async () => {
    const { server, port } = await listening();
    const probe = { kind: 'tcp', host: '127.0.0.1', port, intervalMs: 5000 } as const;
    await client.call('component/register', { name: 'db', spec: probe, program: 'test' });
    await client.call('component/register', {
      name: 'api',
      spec: { ...probe, dependsOn: ['db'] },
      program: 'test',
    });
    server.close();
    const open = await until(({ kind, incident }) => {
      return kind !== 'incident/closed' && incident.parts.length === 2;
    });
    const roles = new Map(
      open.parts.map(({ subject, role }) => [subject.id.split('/').at(-1), role]),
    );
    assert.equal(roles.get('db'), 'cause');
    assert.equal(roles.get('api'), 'consequence');
    assert.equal(told.filter(({ kind }) => kind === 'incident/opened').length, 1);
    const again = createServer((socket) => socket.end());
    again.listen(port, '127.0.0.1');
    await once(again, 'listening');
    await allUp();
    try {
      // What is over is believed after a minute; a person who looks is believed at once.
      for (const { alert } of open.parts) {
        assert.ok(alert !== null);
        await client.call('alert/resolve', { alert });
      }
      const closed = await until(({ kind }) => kind === 'incident/closed');
      assert.equal(closed.id, open.id);
      assert.deepEqual((await client.call('incident/list', {})).incidents, []);
      const { stdout } = await cli(['incidents', '--all'], { home: agent.home, cwd: folder });
      assert.match(stdout, new RegExp(`${closed.id}.*over after`));
    } finally {
      again.close();
    }
  });

  it('trouble that somebody reports waits for a person, also after a crash of the agent', async () => {
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'notes.txt'), 'garbled');
    await client.call('worktree/protect', { path: project });
    await client.call('trouble/report', { path: project, message: 'garbled', by: 'Coder' });
    const { id } = await until(({ incident }) => incident.state === 'person');
    const at = { home: agent.home, cwd: folder };
    // What is gathered for the file is written within a second.
    const file = join(agent.home, 'health', 'incidents.json');
    let kept = '';
    while (!kept.includes('waits for a person')) {
      await nextTurn();
      kept = await readFile(file, 'utf8').catch(() => '');
    }
    await agent.kill();
    await connect();
    const shown = await cli(['incidents', 'show', id], at);
    assert.match(shown.stdout, /Coder reports: garbled.*needs you/);
    assert.match(shown.stdout, /\d\d:\d\d:\d\d {2}waits for a person/);
    assert.equal((await cli(['incidents', 'close', id, '--note', 'mended'], at)).code, 0);
    const { incidents } = await client.call('incident/list', {});
    assert.deepEqual(incidents, []);
  });
});
