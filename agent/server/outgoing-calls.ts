import {
  CancellationTokenSource,
  ErrorCodes,
  ResponseError,
  type MessageConnection,
} from 'vscode-jsonrpc';
import { z } from 'zod';
import { callSpec, type CallName, type CallParams, type CallResult } from '../protocol/calls';
import type { Peer } from '../protocol/handlers';
import { BulwarkError } from '../support/errors';
import { displayName } from '../support/names';

/** Characters of a program's error text that are shown. */
const SHOWN = 300;

/** What the agent asks of the client of one connection. */
export class OutgoingCalls {
  readonly #connection: MessageConnection;
  readonly #limit: number;
  readonly #gone = new AbortController();
  #unanswered = 0;

  /** @param limit calls that the client has not answered, also of those that were given up */
  constructor(connection: MessageConnection, limit: number) {
    this.#connection = connection;
    this.#limit = limit;
  }

  /** The client as the rest of the agent knows it. */
  peer({ id, name }: { id: string; name: () => string }): Peer {
    return {
      id,
      get name() {
        return name();
      },
      gone: this.#gone.signal,
      call: (call, params, signal) => this.#call(call, params, signal),
    };
  }

  /** The connection has ended: whoever waits is told. */
  end(): void {
    this.#gone.abort();
  }

  async #call<C extends CallName>(
    call: C,
    params: CallParams<C>,
    signal: AbortSignal,
  ): Promise<CallResult<C>> {
    const gone = this.#gone.signal;
    if (gone.aborted) throw programGone();
    if (signal.aborted) throw cancelled();
    if (this.#unanswered >= this.#limit)
      throw new BulwarkError('busy', 'the program has too many calls to answer', {
        hint: 'It does not answer what it is asked; restart it.',
      });
    const source = new CancellationTokenSource();
    const stop = new AbortController();
    this.#unanswered += 1;
    const answer = this.#connection
      .sendRequest<unknown>(call, { ...params }, source.token)
      .finally(() => {
        this.#unanswered -= 1;
      });
    // An answer that comes too late, or the end of the connection, is nobody's business then.
    answer.catch(() => undefined);
    try {
      const raw = await Promise.race([
        answer,
        rejectOn(gone, stop.signal, programGone),
        rejectOn(signal, stop.signal, () => {
          source.cancel();
          return cancelled();
        }),
      ]);
      const result = callSpec(call).result.safeParse(raw);
      if (result.success) return result.data;
      throw new BulwarkError(
        'program-invalid',
        `the program answered ${call} with something else: ${short(z.prettifyError(result.error))}`,
        { hint: 'docs/PROTOCOL.md tells what a program must answer.' },
      );
    } catch (error) {
      throw callError(call, error, gone.aborted);
    } finally {
      stop.abort();
      source.dispose();
    }
  }
}

/** Rejects when `signal` is aborted, until `stop` is. */
function rejectOn(signal: AbortSignal, stop: AbortSignal, reason: () => Error): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(reason()), { once: true, signal: stop });
  });
}

function callError(call: CallName, error: unknown, gone: boolean): unknown {
  if (error instanceof BulwarkError) return error;
  if (gone || !(error instanceof ResponseError)) return programGone(error);
  if (error.code === ErrorCodes.PendingResponseRejected) return programGone(error);
  if (error.code === ErrorCodes.MethodNotFound)
    return new BulwarkError('program-invalid', `the program does not know ${call}`, {
      hint: 'docs/data-sources.md tells what a program must answer.',
    });
  return new BulwarkError('program-failed', `the program says: ${short(error.message)}`);
}

function programGone(cause?: unknown): BulwarkError {
  return new BulwarkError('program-gone', 'the program has closed its connection', {
    hint: 'Start it again; it registers its data again by itself.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function cancelled(): BulwarkError {
  return new BulwarkError('cancelled', 'cancelled');
}

function short(text: string): string {
  const shown = displayName(text);
  return shown.length > SHOWN ? `${shown.slice(0, SHOWN)}…` : shown;
}
