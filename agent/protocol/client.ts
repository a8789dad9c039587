import { Agent } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  Message,
  ProgressType,
  ResponseError,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc';
import WebSocket from 'ws';
import { z } from 'zod';
import { callSpec, isCallName, type CallHandlers, type CallName } from './calls';
import type { Discovery } from './discovery';
import { progress, type Progress } from './entities';
import { APPLICATION_ERROR, errorData, RemoteError } from './errors';
import { EVENT_NOTIFICATION, sequencedEvent, type SequencedEvent } from './events';
import { specOf, type ClientKind, type MethodName, type ParamsOf, type ResultOf } from './methods';
import {
  CLOSE,
  MAX_ANSWER_BYTES,
  MAX_REQUEST_BYTES,
  WebSocketReader,
  WebSocketWriter,
  type Frame,
} from './transport';

const CONNECT_TIMEOUT_MS = 10_000;
const PROGRESS = new ProgressType<unknown>();
const START_HINT = 'Start it with: bulwark start';

/** Who connects; `interactive` says that a person can see notices there. */
export interface ClientIdentity {
  readonly name: string;
  readonly version: string;
  readonly interactive: boolean;
  /** What acts there; `program` unless told. */
  readonly kind?: ClientKind | undefined;
  /** Of its process. */
  readonly pid?: number | undefined;
}

export interface CallOptions {
  /** Asks the agent to stop; the call then rejects with `cancelled`, or resolves if it was done. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Something that can be taken back. */
export interface Subscription {
  dispose(): void;
}

/** One connection to the agent. It does not connect again by itself: make a new one. */
export class AgentClient {
  readonly #socket: WebSocket;
  readonly #connection: MessageConnection;
  readonly #eventListeners = new Set<(event: SequencedEvent) => void>();
  readonly #closeListeners = new Set<(why: string) => void>();
  #agent: ResultOf<'client/identify'>['agent'] = { version: '', pid: 0 };
  #epoch = '';
  #sequence = 0;
  #calls = 0;
  #closed: string | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#connection = createMessageConnection(
      new WebSocketReader(socket, (frame) => this.#accept(frame)),
      new WebSocketWriter(socket, encode),
    );
    this.#connection.onNotification(EVENT_NOTIFICATION, (value: unknown) => this.#onEvent(value));
    socket.on('close', (code, reason) => {
      const text = reason.toString('utf8');
      this.#end(text === '' ? `the connection was closed (${code})` : text);
    });
    this.#connection.listen();
  }

  /**
   * Connects and says who it is. Listeners that are added right after it resolved miss no event
   * after {@link sequence}.
   * @throws RemoteError `agent-unreachable`, `unauthorized`, or `busy` when the agent has too many
   *   connections
   */
  static async connect(
    discovery: Discovery,
    identity: ClientIdentity,
    { timeoutMs = CONNECT_TIMEOUT_MS }: { timeoutMs?: number } = {},
  ): Promise<AgentClient> {
    const client = new AgentClient(await openSocket(discovery, timeoutMs));
    const timeout = AbortSignal.timeout(timeoutMs);
    const onTimeout = (): void => client.#socket.terminate();
    timeout.addEventListener('abort', onTimeout, { once: true });
    try {
      const answer = await client.call('client/identify', { ...identity });
      client.#agent = answer.agent;
      client.#epoch = answer.epoch;
      client.#sequence = answer.sequence;
      return client;
    } catch (error) {
      client.close();
      throw error;
    } finally {
      timeout.removeEventListener('abort', onTimeout);
    }
  }

  /** The agent at the other end. */
  get agent(): { readonly version: string; readonly pid: number } {
    return this.#agent;
  }

  /** Names this run of the agent; goes with {@link sequence} into `event/since`. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Number of the last event that was received, or that had happened when it connected. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether calls can succeed. */
  get open(): boolean {
    return this.#closed === null;
  }

  /**
   * Sends a request and waits for its answer, however long that takes.
   * @throws RemoteError with the agent's reason; `agent-unreachable` when the connection is or gets
   *   closed; `protocol-error` when the answer is not what the protocol says
   */
  async call<M extends MethodName>(
    method: M,
    params: ParamsOf<M>,
    options: CallOptions = {},
  ): Promise<ResultOf<M>> {
    if (this.#closed !== null) throw unreachable(this.#closed);
    const { signal, onProgress } = options;
    if (signal?.aborted === true) throw new RemoteError('cancelled', { reason: 'cancelled' });
    const spec = specOf(method);
    const source = new CancellationTokenSource();
    const onAbort = (): void => source.cancel();
    const sent: Record<string, unknown> = { ...params };
    let subscription: Subscription | null = null;
    if (onProgress !== undefined && spec.progress) {
      const token = `p${(this.#calls += 1)}`;
      sent['progressToken'] = token;
      subscription = this.#connection.onProgress(PROGRESS, token, (value) => {
        const parsed = progress.safeParse(value);
        if (parsed.success) onProgress(parsed.data);
      });
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const raw: unknown = await this.#connection.sendRequest(method, sent, source.token);
      const result = spec.result.safeParse(raw);
      if (result.success) return result.data;
      throw new RemoteError(
        `the agent answered ${method} with something else: ${z.prettifyError(result.error)}`,
        { reason: 'protocol-error', hint: 'Agent and client may be of different versions.' },
      );
    } catch (error) {
      throw remoteError(error, this.#closed);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      subscription?.dispose();
      source.dispose();
    }
  }

  /** Calls `listener` for each event from now on; kinds that this version does not know are left out. */
  onEvent(listener: (event: SequencedEvent) => void): Subscription {
    this.#eventListeners.add(listener);
    return { dispose: () => this.#eventListeners.delete(listener) };
  }

  /**
   * Answers what the agent asks of a program that has registered a data source, from now on; of
   * several handlers for a call the newest counts.
   */
  serve(handlers: CallHandlers): Subscription {
    const subscriptions = Object.keys(handlers)
      .filter(isCallName)
      .map((call) => this.#serveOne(call, handlers[call]));
    return {
      dispose: () => {
        for (const subscription of subscriptions) subscription.dispose();
      },
    };
  }

  /** Calls `listener` once when the connection ends, by whomever. */
  onClose(listener: (why: string) => void): Subscription {
    this.#closeListeners.add(listener);
    return { dispose: () => this.#closeListeners.delete(listener) };
  }

  /** Ends the connection; calls that wait for an answer reject with `agent-unreachable`. */
  close(): void {
    this.#socket.close(CLOSE.normal);
    this.#end('closed by this client');
  }

  #serveOne<C extends CallName>(call: C, handler: CallHandlers[C]): Subscription {
    const spec = callSpec(call);
    return this.#connection.onRequest(call, async (raw: unknown, token: CancellationToken) => {
      const params = spec.params.safeParse(raw);
      if (handler === undefined || !params.success)
        throw new ResponseError(ErrorCodes.InvalidParams, `wrong parameters for ${call}`);
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      try {
        return await handler(params.data, controller.signal);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        throw new ResponseError(APPLICATION_ERROR, text);
      }
    });
  }

  #end(why: string): void {
    if (this.#closed !== null) return;
    this.#closed = why;
    this.#connection.dispose();
    for (const listener of [...this.#closeListeners]) listener(why);
    this.#closeListeners.clear();
    this.#eventListeners.clear();
  }

  #onEvent(value: unknown): void {
    const numbered = z.object({ sequence: z.int().positive() }).safeParse(value);
    if (!numbered.success) return;
    this.#sequence = Math.max(this.#sequence, numbered.data.sequence);
    const parsed = sequencedEvent.safeParse(value);
    if (!parsed.success) return;
    for (const listener of [...this.#eventListeners]) listener(parsed.data);
  }

  /** Answers, events, progress and what is asked of a program pass; anything else is ignored, as from a newer agent. */
  #accept(frame: Frame): Message | null {
    if (frame.kind !== 'value') {
      this.#socket.close(CLOSE.unsupportedData, 'not JSON-RPC');
      return null;
    }
    const parsed = incoming.safeParse(frame.value);
    return parsed.success ? parsed.data : null;
  }
}

const jsonrpc = z.literal('2.0');
const incoming = z.union([
  z.object({
    jsonrpc,
    id: z.union([z.string(), z.number()]),
    error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }),
  }),
  z.object({
    jsonrpc,
    id: z.union([z.string(), z.number()]),
    result: z.unknown().refine((value) => value !== undefined),
  }),
  z.object({
    jsonrpc,
    id: z.undefined().optional(),
    method: z.enum([EVENT_NOTIFICATION, '$/progress', '$/cancelRequest']),
    params: z.looseObject({}),
  }),
  z.object({
    jsonrpc,
    id: z.union([z.string(), z.number()]),
    method: z.string(),
    params: z.looseObject({}).optional(),
  }),
]);

/** An answer that the agent would not take ends the connection; better to say so. */
function encode(message: Message): string {
  const text = JSON.stringify(message);
  if (!Message.isResponse(message) || Buffer.byteLength(text) <= MAX_REQUEST_BYTES) return text;
  const error = { code: APPLICATION_ERROR, message: 'the answer is too large for one message' };
  return JSON.stringify({ jsonrpc: '2.0', id: message.id, error });
}

/**
 * Connects to a socket whatever the address says. An agent, because VS Code puts a proxy of its own
 * between its extensions and `http`, and that honours nothing else.
 */
class SocketAgent extends Agent {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override createConnection(): Socket {
    return createConnection({ path: this.#path });
  }
}

function openSocket(discovery: Discovery, timeoutMs: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket('ws://localhost/', {
      // Not a `ws+unix:` address: that would need escapes for ':', '%' and spaces in the path.
      agent: new SocketAgent(discovery.socket),
      headers: { Authorization: `Bearer ${discovery.token}` },
      handshakeTimeout: timeoutMs,
      maxPayload: MAX_ANSWER_BYTES,
      perMessageDeflate: false,
    });
    socket.once('open', () => resolve(socket));
    // Stays: a socket without a listener for errors would end the process.
    socket.on('error', (error) => reject(unreachable(error.message, error)));
    socket.once('unexpected-response', (_request, response) => {
      reject(refusal(response.statusCode ?? 0));
      socket.terminate();
    });
  });
}

function refusal(status: number): RemoteError {
  if (status === 401 || status === 403)
    return new RemoteError(`the agent refused this client (${status})`, {
      reason: 'unauthorized',
      hint: 'Its discovery file is from another agent. Try again, or restart the agent.',
    });
  if (status === 503)
    return new RemoteError('the agent has too many connections', {
      reason: 'busy',
      hint: 'Close other programs that talk to it, then try again.',
    });
  return unreachable(`the agent answered the handshake with ${status}`);
}

function unreachable(why: string, cause?: unknown): RemoteError {
  return new RemoteError(
    `the agent cannot be reached: ${why}`,
    { reason: 'agent-unreachable', hint: START_HINT },
    cause,
  );
}

function remoteError(error: unknown, closed: string | null): RemoteError {
  if (error instanceof RemoteError) return error;
  if (error instanceof ResponseError && error.code !== ErrorCodes.PendingResponseRejected) {
    const data = errorData.safeParse(error.data);
    if (data.success) return new RemoteError(error.message, data.data);
    if (error.code !== ErrorCodes.MessageWriteError)
      return new RemoteError(error.message, { reason: reasonOfCode(error.code) });
  }
  const why = error instanceof Error ? error.message : String(error);
  return unreachable(closed ?? why, error);
}

function reasonOfCode(code: number): RemoteError['reason'] {
  if (code === ErrorCodes.InvalidParams) return 'invalid-params';
  return code === ErrorCodes.MethodNotFound || code === ErrorCodes.InvalidRequest
    ? 'protocol-error'
    : 'internal';
}
