import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  hello,
  line,
  type Failure,
  type Hello,
  type Request,
  type Saying,
  type Wish,
} from './line-protocol';
import { until } from './patience';

/** How a client is started: a program and its arguments. */
export type Command = readonly [string, ...string[]];

/** What became of a request. */
export type Outcome =
  | { readonly kind: 'ok'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A client under test: a process that is told what to do, line by line. */
export class Driver {
  readonly #child: ChildProcess;
  /** In a group of its own, so that what it has started ends with it; Windows has no groups. */
  readonly #hasGroup = process.platform !== 'win32';
  readonly #outcomes = new Map<number, Outcome>();
  readonly #said: Saying[] = [];
  #broken: string | null = null;
  #errors = '';
  #last = 0;

  /** @param home the folder of the agent that it has to find */
  constructor([program, ...args]: Command, home: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn(program, args, {
      env: { ...env, BULWARK_HOME: home },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: this.#hasGroup,
    });
    this.#child.on('error', (error) => (this.#broken = error.message));
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#errors = (this.#errors + text).slice(-4000)));
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (text) => this.#take(text));
  }

  /** What it has told without being asked, in order. */
  get said(): readonly Saying[] {
    return this.#said;
  }

  /** Sends a request and does not wait. @returns its number */
  send(wish: Wish): number {
    const id = (this.#last += 1);
    const request: Request = { ...wish, id };
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    return id;
  }

  /** @throws Error when the driver ends, says nonsense, or does not answer in time */
  outcome(id: number): Promise<Outcome> {
    return this.#wait(`the answer to request ${String(id)}`, () => this.#outcomes.get(id) ?? null);
  }

  /** Whether a request has been answered by now. */
  isAnswered(id: number): boolean {
    return this.#outcomes.has(id);
  }

  /** @throws Error also when the client could not do it */
  async ask(wish: Wish): Promise<Readonly<Record<string, unknown>>> {
    const outcome = await this.outcome(this.send(wish));
    if (outcome.kind === 'ok') return outcome.value;
    const { reason, message } = outcome.failure;
    throw new Error(`${wish.do} failed: ${message} (${reason})`);
  }

  /** The reason with which the client fails. @throws Error when it does not */
  async refusal(wish: Wish): Promise<string> {
    const outcome = await this.outcome(this.send(wish));
    if (outcome.kind === 'failed') return outcome.failure.reason;
    throw new Error(`${wish.do} should have failed: ${JSON.stringify(outcome.value)}`);
  }

  /** The result of a method of the agent. */
  async call(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const { result } = await this.ask({
      do: 'call',
      method,
      params: { ...params },
      progress: false,
    });
    return result;
  }

  async hello(): Promise<Hello> {
    return hello.parse(await this.ask({ do: 'hello' }));
  }

  /** Waits until it has told something. */
  heard<S extends Saying['said']>(
    said: S,
    wanted: (saying: Extract<Saying, { said: S }>) => boolean = () => true,
  ): Promise<Extract<Saying, { said: S }>> {
    const isIt = (one: Saying): one is Extract<Saying, { said: S }> => one.said === said;
    return this.#wait(`"${said}"`, () => this.#said.filter(isIt).find(wanted) ?? null);
  }

  /** Asks it to close, and waits until the process has ended by itself. */
  async close(): Promise<void> {
    await this.ask({ do: 'close' });
    this.#child.stdin?.end();
    await until('the end of the client', () => (this.#hasEnded() ? true : null));
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    if (this.#hasEnded() || this.#child.pid === undefined) return;
    const gone = once(this.#child, 'exit');
    if (this.#hasGroup) process.kill(-this.#child.pid, 'SIGKILL');
    else this.#child.kill('SIGKILL');
    await gone;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #wait<T>(what: string, look: () => T | null): Promise<T> {
    try {
      return await until(what, () => {
        const found = look();
        if (found === null && this.#broken !== null) throw new Error(this.#broken);
        if (found === null && this.#hasEnded()) throw new Error(`it ended before ${what}`);
        return found;
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${why}\n${this.#errors}`.trimEnd());
    }
  }

  #take(text: string): void {
    const parsed = line.safeParse(parseJson(text));
    if (!parsed.success) this.#broken = `the client said what is no line of the protocol: ${text}`;
    else if ('said' in parsed.data) this.#said.push(parsed.data);
    else if ('ok' in parsed.data)
      this.#outcomes.set(parsed.data.id, { kind: 'ok', value: parsed.data.ok });
    else this.#outcomes.set(parsed.data.id, { kind: 'failed', failure: parsed.data.failed });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
