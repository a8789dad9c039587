import type { AgentClient } from '../protocol/client';
import type { MethodName, ParamsOf, ResultOf } from '../protocol/methods';
import { BulwarkError, throwIfAborted } from '../support/errors';
import type { Disposable } from '../support/emitter';
import { AgentAccess } from './agent-access';
import type { Child, ChildEnd, CliEnvironment, StopSignal } from './environment';
import { exitCodeOf, failureOf, reasonOf } from './failure';
import { ProgressLine } from './progress-line';
import { printable, styleFor, type Style } from './style';

/** One run of one command: where it writes, the agent it talks to, and whether it was asked to stop. */
export class Run {
  readonly environment: CliEnvironment;
  readonly access: AgentAccess;
  /** Whether standard output gets one JSON object and nothing else. */
  readonly json: boolean;
  /** Colours of standard output. */
  readonly style: Style;
  readonly #stop = new AbortController();
  readonly #abandoned: Promise<never>;
  readonly #signals: Disposable;
  readonly #clients = new Set<AgentClient>();
  #stoppedBy: StopSignal | null = null;
  #over = false;
  /** A program of the user's that runs just now: signals are for it. */
  #child: Child | null = null;

  constructor(environment: CliEnvironment, { json }: { json: boolean }) {
    this.environment = environment;
    this.json = json;
    this.access = new AgentAccess(environment);
    this.style = styleFor(environment.stdout, environment.env);
    let abandon: () => void = () => undefined;
    this.#abandoned = new Promise((_resolve, reject) => {
      abandon = () => reject(new BulwarkError('cancelled', 'left without waiting for the agent'));
    });
    this.#abandoned.catch(() => undefined);
    this.#signals = environment.onStopSignal((signal) => {
      if (this.#child !== null) this.#passOn(this.#child, signal);
      else if (this.#stoppedBy !== null) abandon();
      else {
        this.#stoppedBy = signal;
        this.#stop.abort();
      }
    });
  }

  /** Aborted when the user asks to stop. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Lines for people on standard output; nothing with `--json`. */
  print(...lines: readonly string[]): void {
    if (!this.json) this.environment.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Lines beside the result, on standard error. */
  note(...lines: readonly string[]): void {
    this.environment.stderr.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** The one object of `--json`; nothing without it. */
  result(value: object): void {
    if (!this.json) return;
    const { stdout } = this.environment;
    const text = stdout.isTTY === true ? JSON.stringify(value, null, 2) : JSON.stringify(value);
    stdout.write(`${text}\n`);
  }

  /** The agent, started when it does not run. */
  async connect(): Promise<AgentClient> {
    return (await this.connectOrStart()).client;
  }

  /** As {@link connect}, and tells whether the agent was started for it. */
  async connectOrStart(): Promise<{ client: AgentClient; started: boolean }> {
    throwIfAborted(this.signal);
    const work = this.access.connect(this.signal).then((connection) => {
      // The user may have left meanwhile; an open connection would keep the process.
      if (this.#over) connection.client.close();
      this.#clients.add(connection.client);
      return connection;
    });
    return await this.#unlessStopped(work);
  }

  /** The agent, or null when it does not run. */
  async find(): Promise<AgentClient | null> {
    const client = await this.access.find();
    if (client !== null) this.#clients.add(client);
    return client;
  }

  /**
   * Asks the agent, shows how far it is, and passes the user's wish to stop on to it.
   * @param whenStopped what is true when the request was given up, one sentence
   */
  async ask<M extends MethodName>(
    client: AgentClient,
    method: M,
    params: ParamsOf<M>,
    whenStopped = 'Nothing was changed.',
  ): Promise<ResultOf<M>> {
    const { stderr, clock } = this.environment;
    const line = new ProgressLine(stderr, clock);
    const stopping = (): void => {
      line.close();
      if (stderr.isTTY === true) this.note('Stopping… (once more to leave without waiting)');
    };
    this.signal.addEventListener('abort', stopping, { once: true });
    try {
      throwIfAborted(this.signal);
      return await client.call(method, params, {
        signal: this.signal,
        ...(stderr.isTTY === true ? { onProgress: (progress) => line.update(progress) } : {}),
      });
    } catch (error) {
      if (reasonOf(error) === 'cancelled' && this.signal.aborted)
        throw new BulwarkError('cancelled', 'stopped on request', { hint: whenStopped });
      throw error;
    } finally {
      this.signal.removeEventListener('abort', stopping);
      line.close();
    }
  }

  /**
   * Waits for a program of the user's. Until it ends, signals that ask this command to stop are for
   * the program, and what it does with them is its own affair: many answer Ctrl-C by going on.
   */
  async untilEnd(child: Child): Promise<ChildEnd> {
    this.#child = child;
    try {
      return await child.ended;
    } finally {
      this.#child = null;
    }
  }

  #passOn(child: Child, signal: StopSignal): void {
    if (signal === 'SIGPIPE') return;
    // A terminal has sent it to both already.
    if (signal === 'SIGINT' && this.environment.stdin.isTTY === true) return;
    child.kill(signal);
  }

  /** Waits for `work`, but no longer than until the user asks to stop for the second time. */
  untilAbandoned<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#abandoned]);
  }

  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const stopped = new Promise<never>((_resolve, reject) => {
      const stop = (): void =>
        reject(
          new BulwarkError('cancelled', 'stopped before the agent answered', {
            hint: 'Nothing was changed. The agent may be starting; see: bulwark status',
          }),
        );
      this.signal.addEventListener('abort', stop, { once: true });
    });
    return await Promise.race([work, stopped]);
  }

  /** Tells what went wrong. @returns the exit code */
  fail(error: unknown): number {
    const { reason, message, hint, details } = failureOf(error);
    // Whoever closed the pipe wants to hear no more.
    if (this.#stoppedBy === 'SIGPIPE' && reason === 'cancelled')
      return exitCodeOf(reason, this.#stoppedBy);
    if (this.json) this.result({ error: { reason, message, hint, details } });
    else {
      const style = styleFor(this.environment.stderr, this.environment.env);
      this.note(`${style.red('bulwark:')} ${printable(message)}`);
      if (hint !== null) this.note(`  ${printable(hint)}`);
    }
    return exitCodeOf(reason, this.#stoppedBy);
  }

  close(): void {
    this.#over = true;
    this.#signals.dispose();
    for (const client of this.#clients) client.close();
  }
}
