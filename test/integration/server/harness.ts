import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { z } from 'zod';
import { AgentClient } from '../../../agent/protocol/client';
import type { Discovery } from '../../../agent/protocol/discovery';
import type { SnapshotSummary, WorktreeInfo } from '../../../agent/protocol/entities';
import * as entities from '../../../agent/protocol/entities';
import type { Handlers } from '../../../agent/protocol/handlers';
import { AgentServer, type AgentServerOptions } from '../../../agent/server/agent-server';
import { systemClock } from '../../../agent/support/clock';
import { BulwarkError } from '../../../agent/support/errors';
import { silentLog } from '../../../agent/support/log';
import { NO_BACKUPS, NO_SOURCES } from '../../support/no-backups';
import { NO_HEALTH } from '../../support/no-health';

const refuse = (): Promise<never> =>
  Promise.reject(
    new BulwarkError('not-protected', 'nothing is protected', { hint: 'Protect it.' }),
  );

/** Handlers that refuse everything. */
export const REFUSE_ALL: Handlers = {
  'agent/status': refuse,
  'worktree/protect': refuse,
  'worktree/unprotect': refuse,
  'worktree/list': () => Promise.resolve({ worktrees: [] }),
  'snapshot/create': refuse,
  'snapshot/list': refuse,
  'snapshot/show': refuse,
  'snapshot/diff': refuse,
  'snapshot/readFolder': refuse,
  'snapshot/stat': refuse,
  'snapshot/readFile': refuse,
  'journal/list': refuse,
  'journal/moment': refuse,
  'restore/plan': refuse,
  'restore/apply': refuse,
  'restore/undo': refuse,
  'restore/history': refuse,
  ...NO_BACKUPS,
  ...NO_SOURCES,
  ...NO_HEALTH,
  'store/verify': refuse,
  'store/repair': refuse,
  'drill/run': refuse,
  'drill/last': refuse,
  'store/stats': refuse,
  'store/rebuildCatalog': refuse,
  'store/exportKey': refuse,
  'key/status': refuse,
  'key/change': refuse,
  'key/rotate': refuse,
  'replica/add': refuse,
  'replica/remove': refuse,
  'replica/status': refuse,
  'replica/sync': refuse,
  'replica/verify': refuse,
};

export const SUMMARY: SnapshotSummary = entities.snapshotSummary.parse({
  id: 'a'.repeat(32),
  source: 'b'.repeat(16),
  worktree: '/work',
  kind: 'manual',
  backup: 'snapshot',
  label: null,
  createdAt: 1,
  branch: 'main',
  head: null,
  files: 1,
  bytes: 2,
  newBytes: 2,
  storedBytes: 1,
  excluded: 0,
  durationMs: 3,
});

export const WORKTREE: WorktreeInfo = entities.worktreeInfo.parse({
  source: 'b'.repeat(16),
  path: '/work',
  name: 'work',
  repository: null,
  main: true,
  branch: null,
  head: null,
  state: 'plain',
  changes: null,
  locked: null,
  protection: { kind: 'never' },
  watch: 'off',
  lastSnapshot: null,
  snapshots: 0,
});

/** Everything that a test opened, to be closed after it. */
export class Bench {
  readonly #cleanups: (() => Promise<unknown>)[] = [];

  /** A new folder that goes away with the test. */
  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'bw-'));
    this.#cleanups.push(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  /** A server that listens and is announced. */
  async server(
    options: Partial<AgentServerOptions> = {},
  ): Promise<{ server: AgentServer; discovery: Discovery; home: string }> {
    const home = options.home ?? (await this.folder());
    const server = new AgentServer({
      home,
      version: '1.2.3',
      handlers: REFUSE_ALL,
      clock: systemClock,
      log: silentLog,
      onDrain: () => Promise.resolve(),
      ...options,
    });
    this.#cleanups.push(() => server.close());
    const discovery = await server.listen();
    await server.announce();
    return { server, discovery, home };
  }

  async client(discovery: Discovery, { interactive = true } = {}): Promise<AgentClient> {
    const client = await AgentClient.connect(discovery, {
      name: 'test',
      version: '1',
      interactive,
    });
    this.#cleanups.push(() => {
      client.close();
      return Promise.resolve();
    });
    return client;
  }

  /** A WebSocket that says what a test tells it to. */
  async raw(discovery: Discovery): Promise<RawClient> {
    const client = await RawClient.open(discovery);
    this.#cleanups.push(() => {
      client.socket.terminate();
      return Promise.resolve();
    });
    return client;
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }
}

const reply = z.looseObject({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z
    .object({
      code: z.number(),
      message: z.string(),
      data: z.looseObject({ reason: z.string() }).optional(),
    })
    .optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
});
export type Reply = z.infer<typeof reply>;

export class RawClient {
  readonly socket: WebSocket;
  /** Settles when the connection is over. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly received: Reply[] = [];
  #waiting: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      this.received.push(reply.parse(JSON.parse(data.toString('utf8'))));
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  static async open(discovery: Discovery): Promise<RawClient> {
    const socket = new WebSocket('ws://localhost/', {
      createConnection: () => createConnection({ path: discovery.socket }),
      headers: { Authorization: `Bearer ${discovery.token}` },
      perMessageDeflate: false,
    });
    const client = new RawClient(socket);
    await once(socket, 'open');
    return client;
  }

  send(value: unknown): void {
    this.socket.send(JSON.stringify(value));
  }

  request(id: number, method: string, params: unknown = {}): void {
    this.send({ jsonrpc: '2.0', id, method, params });
  }

  /** The first message for which `wanted` is true; waits for it. */
  async find(wanted: (reply: Reply) => boolean): Promise<Reply> {
    for (;;) {
      const found = this.received.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The answer to a request. */
  answer(id: number | null): Promise<Reply> {
    return this.find((message) => message.id === id && message.method === undefined);
  }
}

/** Status of an upgrade request with these headers; 101 when it was let in. */
export function handshakeStatus(
  target: { socketPath: string } | { host: string; port: number },
  headers: Record<string, string>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      ...target,
      path: '/',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        ...headers,
      },
    });
    const done = (response: IncomingMessage): void => {
      response.socket.destroy();
      resolve(response.statusCode ?? 0);
    };
    asked.on('response', done);
    asked.on('upgrade', done);
    asked.on('error', reject);
    asked.end();
  });
}

/** A promise and the function that fulfils it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** Resolves when `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(2);
}
