import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AgentClient } from '../../../agent/protocol/client';
import type { ComponentSpec } from '../../../agent/protocol/component-spec';
import { readDiscovery } from '../../../agent/protocol/discovery';
import { systemClock } from '../../../agent/support/clock';
import { JournalWorld } from '../journal-world';
import { EventTail } from './event-tail';

const run = promisify(execFile);

const REPOSITORIES = 3;
const WORKTREES_OF_EACH = 10;
const PROCESSES = 20;
const FILES = 60;
const TCP = 40;
const HTTP = 40;
const PIDS = 20;
const HEARTBEATS = 20;
const TAILS = 50;
const BEAT_MS = 2_000;
/** Source files of each worktree. */
const SOURCES = 30;

/** The real agent with thirty worktrees, two hundred components and fifty clients. */
export class SoakWorld {
  readonly world = new JournalWorld();
  readonly worktrees: string[] = [];
  readonly tails: EventTail[] = [];
  /** Numbers of services that answer with an error. */
  readonly wrong = new Set<number>();
  /** When processes were killed, each of them once, by the monotonic clock: more is what budgets of restarts are for. */
  readonly killed = new Map<string, number>();
  /** What files that people edit were last written with, by path. */
  readonly written = new Map<string, string>();
  readonly #servers: { close(): unknown }[] = [];
  readonly #clients: AgentClient[] = [];
  #isClosing = false;
  #beating: Promise<void> = Promise.resolve();

  get home(): string {
    return this.world.agent.home;
  }

  async start(): Promise<void> {
    const tcp = createServer((socket) => socket.end());
    const http = createHttpServer((request, response) => {
      response.statusCode = this.wrong.has(Number(request.url?.slice(1))) ? 500 : 200;
      response.end('ok');
    });
    const components = componentsOf(
      { tcp: await listen(tcp), http: await listen(http) },
      this.home,
    );
    this.#servers.push(tcp, http);
    writeFileSync(join(this.home, 'bulwark.json'), JSON.stringify({ components }));
    await this.#makeWorktrees();
    await this.world.start();
    for (const path of this.worktrees.filter((_, i) => i % WORKTREES_OF_EACH === 0))
      await this.world.protect(path);
    await this.#registerHeartbeats();
    for (let i = 0; i < TAILS; i += 1) {
      const tail = new EventTail(this.home, `tail ${String(i)}`);
      await tail.connect();
      this.tails.push(tail);
    }
  }

  /** Another client, closed with everything. */
  async connect(name: string): Promise<AgentClient> {
    const discovery = await readDiscovery(this.home);
    if (discovery === null) throw new Error('no agent runs');
    const client = await AgentClient.connect(discovery, { name, version: '1', interactive: false });
    this.#clients.push(client);
    return client;
  }

  /** Git as a developer calls it, while everything else goes on. */
  async git(cwd: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(
      'git',
      ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args],
      { cwd, env: { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' } },
    );
    return stdout.trim();
  }

  /** The file of a worktree that people edit there. */
  edit(worktree: string, text: string): void {
    const path = join(worktree, 'work.txt');
    writeFileSync(path, text);
    this.written.set(path, text);
  }

  /** Files of a worktree that are not as they were written last. */
  differences(): string[] {
    const wanted = new Map(this.written);
    for (const worktree of this.worktrees)
      for (const [path, text] of sources()) wanted.set(join(worktree, path), text);
    return [...wanted].flatMap(([path, text]) => (textOf(path) === text ? [] : [path]));
  }

  /** Worktrees of which something is being recovered: the same fault once more would look as if that did not help. */
  async recovering(): Promise<ReadonlySet<string>> {
    const { recoveries } = await this.world.client.call('recovery/list', {});
    const open = recoveries.filter(({ endedAt }) => endedAt === null);
    return new Set(open.map(({ subject }) => subject.name));
  }

  /** Resident memory of the agent, MiB; null where the system does not tell. */
  memory(): number | null {
    const pid = String(this.world.client.agent.pid);
    const line = /VmRSS:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`) ?? '');
    return line === null ? null : Number(line[1]) / 1024;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const tail of this.tails) tail.disconnect();
    await this.#beating;
    for (const client of this.#clients) client.close();
    for (const server of this.#servers) server.close();
    await this.world.remove();
  }

  async #makeWorktrees(): Promise<void> {
    for (let i = 0; i < REPOSITORIES; i += 1) {
      const name = `repo${String(i)}`;
      const main = this.world.repository(name, Object.fromEntries(sources()));
      this.worktrees.push(main);
      for (let j = 1; j < WORKTREES_OF_EACH; j += 1) {
        const linked = join(this.world.root, `${name}-${String(j)}`);
        await this.git(main, 'worktree', 'add', '-q', '-b', `branch${String(j)}`, linked);
        this.worktrees.push(linked);
      }
    }
  }

  async #registerHeartbeats(): Promise<void> {
    const client = await this.connect('beats');
    const ids = [];
    for (let i = 0; i < HEARTBEATS; i += 1) {
      const spec = { kind: 'heartbeat', everyMs: 5 * BEAT_MS } as const;
      const asked = { name: `beat${String(i)}`, spec, program: 'beats' };
      ids.push((await client.call('component/register', asked)).id);
    }
    this.#beating = (async () => {
      while (!this.#isClosing) {
        await Promise.all(ids.map((id) => client.call('component/heartbeat', { id })));
        await systemClock.sleep(BEAT_MS);
      }
    })();
  }
}

function sources(): [string, string][] {
  return Array.from({ length: SOURCES }, (_, i) => [
    `src/${String(i)}.txt`,
    `source ${String(i)}\n`.repeat(50),
  ]);
}

function componentsOf(
  ports: { readonly tcp: number; readonly http: number },
  home: string,
): Record<string, ComponentSpec> {
  const many = (name: string, count: number, spec: (i: number) => ComponentSpec) =>
    Array.from({ length: count }, (_, i): [string, ComponentSpec] => [
      `${name}${String(i)}`,
      spec(i),
    ]);
  return Object.fromEntries([
    ...many('sleeper', PROCESSES, () => ({
      kind: 'process',
      command: ['sleep', '100000'],
      restart: 'always',
    })),
    ...many('file', FILES, () => ({ kind: 'file', path: home })),
    ...many('tcp', TCP, () => ({ kind: 'tcp', port: ports.tcp })),
    ...many('http', HTTP, (i) => ({
      kind: 'http',
      url: `http://127.0.0.1:${String(ports.http)}/${String(i)}`,
    })),
    ...many('pid', PIDS, () => ({ kind: 'pid', pid: process.pid })),
  ]);
}

function listen(server: Server | ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
