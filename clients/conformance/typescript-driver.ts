import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CallHandlers } from '../../agent/protocol/calls';
import { AgentClient } from '../../agent/protocol/client';
import { bulwarkHome, readDiscovery } from '../../agent/protocol/discovery';
import { RemoteError } from '../../agent/protocol/errors';
import type { SequencedEvent } from '../../agent/protocol/events';
import { isMethodName, specOf, type MethodName, type ParamsOf } from '../../agent/protocol/methods';
import { systemClock } from '../../agent/support/clock';
import { ABILITIES, request, type Request, type Saying } from './line-protocol';
import { RecordsProgram } from './records-program';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const HOME = bulwarkHome(process.env, homedir());

type Ask<D extends Request['do']> = Extract<Request, { do: D }>;
type Register = (client: AgentClient) => Promise<unknown>;

/**
 * Drives `agent/protocol/client`, which is one connection, for the conformance suite: with what a
 * program does around it that has to outlive connections.
 */
class TypescriptDriver {
  readonly #running = new Map<number, AbortController>();
  readonly #registered = new Map<string, Register>();
  readonly #records = new RecordsProgram((name, records) =>
    say({ said: 'restored', name, records }),
  );
  /** Folders of files, by the name of their source, and the freezes that last. */
  readonly #folders = new Map<string, string>();
  readonly #frozen = new Map<string, string>();
  readonly #fails = new Map<string, ReadonlySet<string>>();
  #client: AgentClient | null = null;
  #follows = false;
  #last = { epoch: '', sequence: 0 };
  #closed = false;

  async do(wish: Request): Promise<object> {
    switch (wish.do) {
      case 'hello':
        return { client: 'agent/protocol/client', version: '0.1.0', can: ABILITIES };
      case 'connect': {
        const client = await this.#connect();
        void this.#keep(client);
        return { pid: client.agent.pid };
      }
      case 'call':
        return { result: await this.#call(wish) };
      case 'cancel':
        this.#running.get(wish.call)?.abort();
        return {};
      case 'follow':
        this.#follows = true;
        return {};
      case 'register-component':
        return this.#registerComponent(wish);
      case 'heartbeat':
        return this.#live.call('component/heartbeat', { id: wish.component });
      case 'keep-files':
        this.#folders.set(wish.name, wish.path);
        await this.#register(`source ${wish.name}`, (client) =>
          client.call('data-source/register', {
            name: wish.name,
            source: { kind: 'files', path: wish.path },
          }),
        );
        return {};
      case 'keep-records':
        this.#records.replace(wish.name, wish.records);
        await this.#register(`source ${wish.name}`, (client) =>
          client.call('data-source/register', {
            name: wish.name,
            source: { kind: 'records', restores: true },
          }),
        );
        return {};
      case 'snapshot': {
        const { path, label } = wish;
        const { id } = await this.#live.call('snapshot/create', { path, label });
        return { snapshot: id };
      }
      case 'restore': {
        const plan = await this.#live.call('restore/plan', { snapshot: wish.snapshot });
        return this.#live.call('restore/apply', { plan: plan.id });
      }
      case 'undo':
        return this.#live.call('restore/undo', {});
      case 'close':
        this.#closed = true;
        this.#client?.close();
        return {};
    }
  }

  get #live(): AgentClient {
    if (this.#client?.open === true) return this.#client;
    throw new RemoteError('there is no connection', { reason: 'agent-unreachable' });
  }

  async #call({ id, method, params, progress }: Ask<'call'>): Promise<unknown> {
    // What is no method, or has wrong parameters, does not pass the compiler; here it comes as text.
    if (!isMethodName(method))
      throw new RemoteError(`there is no ${method}`, { reason: 'protocol-error' });
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      return await this.#live.call(method, parsed(method, params), {
        signal: controller.signal,
        ...(progress
          ? { onProgress: (value) => say({ said: 'progress', call: id, value: { ...value } }) }
          : {}),
      });
    } finally {
      this.#running.delete(id);
    }
  }

  async #registerComponent(wish: Ask<'register-component'>): Promise<object> {
    const { name, everyMs, recovers, fails } = wish;
    this.#fails.set(name, new Set(fails));
    const { id } = await this.#register(`component ${name}`, (client) =>
      client.call('component/register', {
        name,
        program: 'conformance',
        spec: { kind: 'heartbeat', everyMs },
        recovers,
      }),
    );
    return { component: id };
  }

  async #register<T>(name: string, how: (client: AgentClient) => Promise<T>): Promise<T> {
    const answer = await how(this.#live);
    this.#registered.set(name, how);
    return answer;
  }

  async #connect(): Promise<AgentClient> {
    const discovery = await readDiscovery(HOME);
    if (discovery === null) throw new RemoteError('no agent runs', { reason: 'agent-unreachable' });
    const identity = { name: 'conformance', version: '1', interactive: false };
    const client = await AgentClient.connect(discovery, identity);
    let early: SequencedEvent[] | null = [];
    client.onEvent((event) => {
      if (early !== null) early.push(event);
      else this.#tell(event);
    });
    client.serve(this.#calls());
    const before = this.#last;
    const { epoch, sequence } = client;
    if (before.epoch === '') this.#last = { epoch, sequence };
    else {
      const missed = await client.call('event/since', before);
      this.#last = { epoch, sequence: missed.kind === 'events' ? before.sequence : sequence };
      if (missed.kind === 'events') missed.events.forEach((event) => this.#tell(event));
      else say({ said: 'reload' });
    }
    for (const event of early) this.#tell(event);
    early = null;
    for (const register of this.#registered.values()) await register(client);
    this.#client = client;
    return client;
  }

  async #keep(first: AgentClient): Promise<void> {
    let client: AgentClient | null = first;
    let delay = FIRST_DELAY_MS;
    for (;;) {
      if (client?.open === true) {
        const lost = client;
        await new Promise((done) => lost.onClose(done));
      }
      this.#lost();
      await systemClock.sleep(delay * (0.5 + Math.random() / 2));
      if (this.#closed) return;
      client = await this.#connect().catch(() => null);
      delay = client === null ? Math.min(delay * 2, LONGEST_DELAY_MS) : FIRST_DELAY_MS;
    }
  }

  #lost(): void {
    for (const freeze of [...this.#frozen.keys()]) this.#thaw(freeze);
    this.#records.lost();
  }

  #tell({ sequence, event }: SequencedEvent): void {
    if (sequence <= this.#last.sequence) return;
    this.#last.sequence = sequence;
    if (this.#follows) say({ said: 'event', sequence, kind: event.kind });
  }

  #thaw(freeze: string): boolean {
    const name = this.#frozen.get(freeze) ?? '';
    if (!this.#frozen.delete(freeze)) return false;
    writeFileSync(join(this.#folders.get(name) ?? '', 'state'), 'thawed');
    say({ said: 'thaw', name });
    return true;
  }

  #calls(): CallHandlers {
    return {
      'component/recover': ({ id, action }) => {
        const fails = this.#fails.get(id);
        say({ said: 'recover', component: id, action });
        if (fails === undefined || fails.has(action) || action === 'unknown')
          throw new Error('it cannot');
        return {};
      },
      'data-source/freeze': ({ name, freeze }) => {
        this.#frozen.set(freeze, name);
        writeFileSync(join(this.#folders.get(name) ?? '', 'state'), 'frozen');
        say({ said: 'freeze', name });
        return {};
      },
      'data-source/thaw': ({ freeze }) => ({ held: this.#thaw(freeze) }),
      ...this.#records.calls(),
    };
  }
}

function parsed<M extends MethodName>(method: M, params: unknown): ParamsOf<M> {
  const result = specOf(method).params.safeParse(params);
  if (result.success) return result.data;
  throw new RemoteError(result.error.message, { reason: 'invalid-params' });
}

function say(saying: Saying | object): void {
  process.stdout.write(`${JSON.stringify(saying)}\n`);
}

async function answer(driver: TypescriptDriver, wish: Request): Promise<void> {
  const { id } = wish;
  try {
    say({ id, ok: await driver.do(wish) });
  } catch (error) {
    const reason = error instanceof RemoteError ? error.reason : 'internal';
    say({ id, failed: { reason, message: String(error) } });
  }
}

function main(): void {
  const driver = new TypescriptDriver();
  createInterface({ input: process.stdin }).on('line', (text) => {
    void answer(driver, request.parse(JSON.parse(text)));
  });
}

main();
