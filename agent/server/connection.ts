import {
  createMessageConnection,
  Message,
  ProgressType,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc';
import type WebSocket from 'ws';
import type { ClientIdentity } from '../protocol/client';
import type { Progress } from '../protocol/entities';
import type { Peer } from '../protocol/handlers';
import { APPLICATION_ERROR, type ErrorData } from '../protocol/errors';
import { CLOSE, MAX_ANSWER_BYTES, WebSocketReader, WebSocketWriter } from '../protocol/transport';
import type { Clock } from '../support/clock';
import type { Log } from '../support/log';
import { Inbox, type RequestId } from './inbox';
import type { ServerLimits } from './limits';
import { OutgoingCalls } from './outgoing-calls';
import { ProgressReporter } from './progress-reporter';
import type { Caller, Router } from './router';
import { responseError } from './wire-errors';

const PROGRESS = new ProgressType<Progress>();

export interface ConnectionOptions {
  readonly id: string;
  readonly router: Router;
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** One client: reads its requests, writes answers and events, and drops it when it does not keep up. */
export class ClientConnection implements Caller {
  readonly id: string;
  readonly peer: Peer;
  readonly #calls: OutgoingCalls;
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #connection: MessageConnection;
  readonly #inbox: Inbox;
  readonly #running = new Set<AbortController>();
  #identity: ClientIdentity | null = null;
  #missedPings = 0;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.id = options.id;
    this.#socket = socket;
    this.#options = options;
    this.#inbox = new Inbox(options.limits, options.clock, {
      refuse: (id, code, message, data) => this.#refuse(id, code, message, data),
      close: (code, why) => this.#closeFor(code, why),
      ignore: (what) => {
        options.log.debug('A message was ignored.', { client: this.#name(), what });
      },
    });
    this.#connection = createMessageConnection(
      new WebSocketReader(socket, (frame) => this.#inbox.accept(frame)),
      new WebSocketWriter(socket, (message) => this.#encode(message)),
    );
    this.#connection.onRequest((method, params, token) => this.#answer(method, params, token));
    this.#calls = new OutgoingCalls(this.#connection, options.limits.callsInFlight);
    this.peer = this.#calls.peer({ id: this.id, name: () => this.#name() });
    socket.on('pong', () => (this.#missedPings = 0));
    socket.on('close', () => this.#abandon());
    // The socket is closed after an error (a message too large, a broken frame); nothing else to do.
    socket.on('error', (error) => options.log.warn('A client broke the protocol.', { error }));
    this.#connection.listen();
  }

  get identity(): ClientIdentity | null {
    return this.#identity;
  }

  identify(identity: ClientIdentity): void {
    this.#identity = identity;
  }

  /** Sends an event, already as text, to a client that said who it is. */
  notify(text: string): void {
    if (this.#identity !== null) this.#send(text);
  }

  /** Asks whether the client still lives; drops it when it did not answer the last times. */
  ping(): void {
    this.#missedPings += 1;
    if (this.#missedPings > this.#options.limits.missedPings) this.#drop('it answers no ping');
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  /** Says goodbye; what was sent before is still delivered. */
  close(why: string): void {
    this.#closeFor(CLOSE.goingAway, why);
  }

  /** Cuts the connection at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  /**
   * An answer that is there at once is returned as such, not as a promise: then no event can slip
   * between the state that it tells and itself.
   */
  #answer(method: string, params: unknown, token: CancellationToken): unknown {
    const { router, log } = this.#options;
    const controller = new AbortController();
    this.#running.add(controller);
    // A token that was cancelled before it got here tells nobody.
    if (token.isCancellationRequested) controller.abort();
    else token.onCancellationRequested(() => controller.abort());
    const finish = (): void => {
      this.#running.delete(controller);
    };
    try {
      const answer = router.answer(this, method, params, {
        signal: controller.signal,
        abort: () => controller.abort(),
        reporter: (progressToken) => this.#reporter(progressToken),
      });
      if (!(answer instanceof Promise)) {
        finish();
        return answer;
      }
      return answer.finally(finish).catch((error: unknown) => {
        throw responseError(error, method, log);
      });
    } catch (error) {
      finish();
      throw responseError(error, method, log);
    }
  }

  #reporter(token: RequestId): (value: Progress) => void {
    const { clock, limits } = this.#options;
    const reporter = new ProgressReporter(clock, limits.progressIntervalMs, (value) => {
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      // A report that nobody reads in time is worth nothing: never let them pile up.
      if (this.#socket.bufferedAmount > limits.bufferedBytes / 2) return;
      this.#connection.sendProgress(PROGRESS, token, value).catch(() => undefined);
    });
    return (value) => reporter.report(value);
  }

  #encode(message: Message): string {
    this.#dropIfSlow();
    if (Message.isRequest(message) && message.id !== null) this.#inbox.expect(message.id);
    if (!Message.isResponse(message) || message.id === null) return JSON.stringify(message);
    this.#inbox.release(message.id);
    const text = JSON.stringify(message);
    if (text.length * 3 <= MAX_ANSWER_BYTES || Buffer.byteLength(text) <= MAX_ANSWER_BYTES)
      return text;
    return errorText(message.id, APPLICATION_ERROR, 'the answer is too large for one message', {
      reason: 'too-large',
      hint: 'Ask for a part of it.',
    });
  }

  #refuse(id: RequestId | null, code: number, message: string, data: ErrorData): void {
    this.#send(errorText(id, code, message, data));
  }

  #send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#dropIfSlow();
    this.#socket.send(text, () => undefined);
  }

  /** Looks at what earlier messages left behind, so that one large answer alone drops nobody. */
  #dropIfSlow(): void {
    const waiting = this.#socket.bufferedAmount;
    if (waiting > this.#options.limits.bufferedBytes) this.#drop('it does not read its messages');
  }

  #drop(why: string): void {
    this.#options.log.warn('A client was dropped.', { client: this.#name(), why });
    this.#socket.terminate();
  }

  #closeFor(code: number, why: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (code === CLOSE.policyViolation)
      this.#options.log.warn('A client was sent away.', { client: this.#name(), why });
    this.#socket.close(code, why);
  }

  #abandon(): void {
    for (const controller of this.#running) controller.abort();
    this.#calls.end();
    this.#connection.dispose();
  }

  #name(): string {
    return this.#identity?.name ?? this.id;
  }
}

function errorText(id: RequestId | null, code: number, message: string, data: ErrorData): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } });
}
