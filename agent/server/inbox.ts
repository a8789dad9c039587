import { ErrorCodes, type Message } from 'vscode-jsonrpc';
import { z } from 'zod';
import { APPLICATION_ERROR, type ErrorData } from '../protocol/errors';
import { CLOSE, type Frame } from '../protocol/transport';
import type { Clock } from '../support/clock';
import type { ServerLimits } from './limits';
import { TokenBucket } from './token-bucket';

export type RequestId = string | number;

/** How the inbox speaks to its client. */
export interface InboxReplies {
  refuse(id: RequestId | null, code: number, message: string, data: ErrorData): void;
  close(code: number, why: string): void;
  /** A message is dropped without a word. */
  ignore(what: string): void;
}

const requestId = z.union([z.string().max(200), z.number()]);
const params = z.record(z.string(), z.unknown()).optional();
const request = z.object({
  jsonrpc: z.literal('2.0'),
  id: requestId,
  method: z.string(),
  params,
});
const notification = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.undefined().optional(),
  method: z.string(),
});
const cancellation = z.object({
  jsonrpc: z.literal('2.0'),
  method: z.literal('$/cancelRequest'),
  params: z.object({ id: requestId }),
});
const withId = z.object({ id: requestId });
const jsonrpc = z.literal('2.0');
const answer = z.union([
  z.object({
    jsonrpc,
    id: requestId,
    result: z.unknown().refine((value) => value !== undefined),
  }),
  z.object({
    jsonrpc,
    id: requestId,
    error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }),
  }),
]);

/**
 * Looks at what a client sends before anything else does: well-formed requests, cancellations, and
 * answers to what it was asked pass within the limits, answers to nothing and notifications that
 * nobody knows are ignored, the rest is answered with an error. A client that keeps sending nonsense
 * is shown the door.
 */
export class Inbox {
  readonly #limits: ServerLimits;
  readonly #replies: InboxReplies;
  readonly #rate: TokenBucket;
  /** Ids as text: the JSON-RPC library takes 1 and "1" for the same. */
  readonly #inFlight = new Set<string>();
  /** Ids of requests to the client that it has not answered yet. */
  readonly #asked = new Set<string>();
  #malformed = 0;

  constructor(limits: ServerLimits, clock: Clock, replies: InboxReplies) {
    this.#limits = limits;
    this.#replies = replies;
    this.#rate = new TokenBucket(clock, limits.messagesPerSecond, limits.messageBurst);
  }

  /** The message to act on, or null when there is nothing to do. */
  accept(frame: Frame): Message | null {
    const inRate = this.#rate.take();
    switch (frame.kind) {
      case 'not-json':
        return this.#reject(null, ErrorCodes.ParseError, 'the message is no JSON');
      case 'too-deep':
        return this.#reject(null, ErrorCodes.InvalidRequest, 'the message is nested too deeply');
      case 'value':
        return this.#acceptValue(frame.value, inRate);
    }
  }

  /** A request was answered: its id is free again. */
  release(id: RequestId): void {
    this.#inFlight.delete(String(id));
  }

  /** The client is asked something: an answer with this id passes, once. */
  expect(id: RequestId): void {
    this.#asked.add(String(id));
  }

  #acceptValue(value: unknown, inRate: boolean): Message | null {
    const asked = request.safeParse(value);
    if (asked.success) return this.#admit(asked.data, inRate);
    const answered = answer.safeParse(value);
    if (answered.success) return this.#answered(answered.data);
    const cancelled = cancellation.safeParse(value);
    if (cancelled.success) return cancelled.data;
    // Notifications that nobody knows are ignored, as JSON-RPC asks.
    if (notification.safeParse(value).success) return null;
    const identified = withId.safeParse(value);
    const id = identified.success ? identified.data.id : null;
    return this.#reject(id, ErrorCodes.InvalidRequest, whatIsWrong(value, asked.error));
  }

  /** An answer to what nobody asked (any more) is nobody's business, as JSON-RPC sees it. */
  #answered(message: z.infer<typeof answer>): Message | null {
    if (this.#asked.delete(String(message.id))) return message;
    this.#replies.ignore('an answer to what it was not asked');
    return null;
  }

  #admit(message: z.infer<typeof request>, inRate: boolean): Message | null {
    const key = String(message.id);
    if (!inRate) return this.#busy(message.id, 'too many messages a second');
    if (this.#inFlight.has(key))
      return this.#reject(message.id, ErrorCodes.InvalidRequest, 'this id is in use');
    if (this.#inFlight.size >= this.#limits.requestsInFlight)
      return this.#busy(message.id, 'too many requests at a time');
    this.#inFlight.add(key);
    return message;
  }

  #busy(id: RequestId, message: string): null {
    this.#replies.refuse(id, APPLICATION_ERROR, message, {
      reason: 'busy',
      hint: 'Wait for answers before you ask for more.',
    });
    return null;
  }

  #reject(id: RequestId | null, code: number, message: string): null {
    this.#replies.refuse(id, code, message, { reason: 'protocol-error' });
    this.#malformed += 1;
    if (this.#malformed >= this.#limits.malformedMessages)
      this.#replies.close(CLOSE.policyViolation, 'too many malformed messages');
    return null;
  }
}

function whatIsWrong(value: unknown, error: z.ZodError): string {
  if (Array.isArray(value)) return 'batches are not supported: send one message a frame';
  const [issue] = error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  return field === '' ? 'the message is no JSON-RPC request' : `wrong or missing: ${field}`;
}
