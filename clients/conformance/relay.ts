import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import WebSocket, { WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Discovery } from '../../agent/protocol/discovery';
import { until } from './patience';

const message = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.looseObject({}).optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});
export type Message = z.infer<typeof message>;

/** What happens to a message on its way; null keeps it back. */
type Meddle = (message: Message) => Message | null;

const NO_CHANGE: Meddle = (one) => one;

/**
 * Stands between a client and the real agent, under a discovery file of its own, sees what is said,
 * and can do what an agent or a network does now and then: cut, hold back, say something new.
 */
export class Relay {
  /** The folder in which a client finds it, as `BULWARK_HOME`. */
  readonly home: string;
  /** What the client has sent, over all connections. */
  readonly sent: Message[] = [];
  /** Headers of each handshake. */
  readonly handshakes: IncomingHttpHeaders[] = [];
  /** Pongs that came. */
  pongs = 0;
  /** Codes with which the client has closed. */
  readonly farewells: number[] = [];
  /** Whether handshakes are refused with 503 just now. */
  full = false;
  fromClient: Meddle = NO_CHANGE;
  fromAgent: Meddle = NO_CHANGE;
  readonly #agent: () => Promise<Discovery>;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #client: WebSocket | null = null;

  private constructor(home: string, agent: () => Promise<Discovery>) {
    this.home = home;
    this.#agent = agent;
    this.#server = createServer();
  }

  /** @param agent where the real agent listens now */
  static async open(home: string, agent: () => Promise<Discovery>): Promise<Relay> {
    const relay = new Relay(home, agent);
    mkdirSync(home, { mode: 0o700 });
    const name = `bulwark-relay-${randomBytes(6).toString('hex')}`;
    const socket = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(home, 's');
    const token = randomBytes(32).toString('hex');
    relay.#server.on('upgrade', (request, stream, head) => {
      relay.handshakes.push(request.headers);
      if (relay.full || request.headers.authorization !== `Bearer ${token}`) {
        const status = relay.full ? '503 Service Unavailable' : '401 Unauthorized';
        stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      relay.#sockets.handleUpgrade(request, stream, head, (client) => void relay.#join(client));
    });
    await new Promise<void>((done) => {
      relay.#server.listen(socket, done);
    });
    const discovery = { socket, token, pid: process.pid, version: '0.0.0', startedAt: 1 };
    writeFileSync(join(home, 'agent.json'), JSON.stringify(discovery), { mode: 0o600 });
    return relay;
  }

  /** Cuts the connection of the client, without a goodbye. */
  cut(): void {
    this.#client?.terminate();
  }

  /** Says something to the client in the agent's name. */
  say(said: object): void {
    this.#client?.send(JSON.stringify({ jsonrpc: '2.0', ...said }));
  }

  ping(): void {
    this.#client?.ping();
  }

  /** Waits until the client has sent something. */
  heard(what: string, wanted: (message: Message) => boolean): Promise<Message> {
    return until(what, () => this.sent.find(wanted) ?? null);
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
    rmSync(this.home, { recursive: true, force: true });
  }

  async #join(client: WebSocket): Promise<void> {
    this.#client = client;
    const early: Message[] = [];
    let agent: WebSocket | null = null;
    client.on('pong', () => (this.pongs += 1));
    client.on('error', () => undefined);
    client.on('message', (data: Buffer) => {
      const one = message.parse(JSON.parse(data.toString('utf8')));
      this.sent.push(one);
      const passed = this.fromClient(one);
      if (passed === null) return;
      if (agent === null) early.push(passed);
      else agent.send(JSON.stringify(passed));
    });
    client.on('close', (code) => {
      this.farewells.push(code);
      agent?.terminate();
    });
    try {
      const opened = await connect(await this.#agent());
      opened.on('message', (data: Buffer) => {
        const passed = this.fromAgent(message.parse(JSON.parse(data.toString('utf8'))));
        if (passed !== null) client.send(JSON.stringify(passed));
      });
      opened.on('close', () => client.close(1001));
      if (client.readyState !== client.OPEN) opened.terminate();
      for (const one of early) opened.send(JSON.stringify(one));
      agent = opened;
    } catch {
      client.terminate();
    }
  }
}

function connect({ socket, token }: Discovery): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const agent = new WebSocket('ws://localhost/', {
      createConnection: () => createConnection({ path: socket }),
      headers: { Authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    agent.once('open', () => resolve(agent));
    agent.on('error', reject);
  });
}
