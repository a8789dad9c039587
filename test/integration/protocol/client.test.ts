import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { AgentClient } from '../../../agent/protocol/client';
import type { Discovery } from '../../../agent/protocol/discovery';
import type { SequencedEvent } from '../../../agent/protocol/events';
import { Bench, WORKTREE } from '../server/harness';

const IDENTITY = { name: 'test', version: '1', interactive: true };
const TOKEN = '0'.repeat(64);

/** An agent of another version, or one that lost its mind: answers what a test says. */
class StrangeAgent {
  readonly discovery: Discovery;
  readonly sockets: WebSocket[] = [];
  readonly #http: Server;
  readonly #server: WebSocketServer;

  constructor(socket: string, answer: (message: string, socket: WebSocket) => void) {
    this.discovery = { socket, token: TOKEN, pid: 1, version: '0', startedAt: 0 };
    this.#http = createServer();
    this.#server = new WebSocketServer({ server: this.#http });
    this.#server.on('connection', (client) => {
      this.sockets.push(client);
      client.on('message', (data: Buffer) => answer(data.toString('utf8'), client));
    });
  }

  async listen(): Promise<this> {
    this.#http.listen(this.discovery.socket);
    await once(this.#http, 'listening');
    return this;
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
    this.#server.close();
    this.#http.close();
  }
}

const IDENTIFIED = JSON.stringify({
  jsonrpc: '2.0',
  id: 0,
  result: { agent: { version: '99.0.0', pid: 7, mood: 'good' }, epoch: 'e', sequence: 5, more: 1 },
});

describe('a client', () => {
  const bench = new Bench();
  const agents: StrangeAgent[] = [];
  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.close();
    await bench.close();
  });

  async function strangeAgent(
    answer: (message: string, socket: WebSocket) => void,
  ): Promise<StrangeAgent> {
    const agent = await new StrangeAgent(join(await bench.folder(), 's'), answer).listen();
    agents.push(agent);
    return agent;
  }

  it('says that the agent is not there', async () => {
    const { discovery, server } = await bench.server();
    await server.close();
    await assert.rejects(AgentClient.connect(discovery, IDENTITY), {
      name: 'RemoteError',
      reason: 'agent-unreachable',
      hint: 'Start it with: bulwark start',
    });
  });

  it('says that its token is not the right one', async () => {
    const { discovery } = await bench.server();
    await assert.rejects(AgentClient.connect({ ...discovery, token: TOKEN }, IDENTITY), {
      reason: 'unauthorized',
    });
  });

  it('connects through a path with spaces, colons and percent signs', async () => {
    const { discovery } = await bench.server({
      home: join(await bench.folder(), 'a b:c%20d#é'),
    });
    const client = await bench.client(discovery);
    assert.deepEqual(await client.call('worktree/list', {}), { worktrees: [] });
  });

  it('does not wait forever for an agent that says nothing', async () => {
    const agent = await strangeAgent(() => undefined);
    await assert.rejects(AgentClient.connect(agent.discovery, IDENTITY, { timeoutMs: 50 }), {
      reason: 'agent-unreachable',
    });
  });

  it('fails its open calls when the agent goes away, and tells why once', async () => {
    const agent = await strangeAgent((message, socket) => {
      if (message.includes('client/identify')) socket.send(IDENTIFIED);
      else socket.terminate();
    });
    const client = await AgentClient.connect(agent.discovery, IDENTITY);
    const reasons: string[] = [];
    client.onClose((why) => reasons.push(why));
    assert.equal(client.open, true);
    await assert.rejects(client.call('worktree/list', {}), { reason: 'agent-unreachable' });
    await assert.rejects(client.call('worktree/list', {}), { reason: 'agent-unreachable' });
    assert.equal(client.open, false);
    client.close();
    assert.equal(reasons.length, 1);
  });

  it('understands a newer agent: unknown fields, events, reasons and notifications', async () => {
    const changed = { kind: 'worktree/changed', worktree: { ...WORKTREE, colour: 'red' } };
    const agent = await strangeAgent((message, socket) => {
      if (message.includes('client/identify')) {
        socket.send(IDENTIFIED);
        return;
      }
      for (const value of [
        { method: 'agent/sings', params: {} },
        { method: 'event', params: { sequence: 6, event: { kind: 'moon/rose', phase: 1 } } },
        { method: 'event', params: { sequence: 7, event: changed, extra: true } },
        { method: 'event', params: 'nonsense' },
        { method: 'event' },
        { method: '$/cancelRequest' },
        { id: 77, result: {} },
        { id: null, error: { code: -32700, message: 'what?' } },
        { id: 1, error: { code: 1, message: 'no', data: { reason: 'too-modern' } } },
      ])
        socket.send(JSON.stringify({ jsonrpc: '2.0', ...value }));
    });
    const client = await AgentClient.connect(agent.discovery, IDENTITY);
    assert.deepEqual(client.agent, { version: '99.0.0', pid: 7 });
    assert.deepEqual([client.epoch, client.sequence], ['e', 5]);
    const events: SequencedEvent[] = [];
    client.onEvent((event) => events.push(event));
    await assert.rejects(client.call('worktree/list', {}), { reason: 'internal', message: 'no' });
    assert.deepEqual(events, [
      { sequence: 7, event: { kind: 'worktree/changed', worktree: WORKTREE } },
    ]);
    assert.equal(client.sequence, 7);
    client.close();
  });

  it('ends the connection when it gets binary frames or no JSON', async () => {
    for (const nonsense of ['nonsense', Buffer.from('{}')]) {
      const agent = await strangeAgent((message, socket) => {
        socket.send(message.includes('client/identify') ? IDENTIFIED : nonsense);
      });
      const client = await AgentClient.connect(agent.discovery, IDENTITY);
      await assert.rejects(client.call('worktree/list', {}), { reason: 'agent-unreachable' });
    }
  });
});
