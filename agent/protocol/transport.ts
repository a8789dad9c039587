import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc';
import type WebSocket from 'ws';

/** Largest request, in bytes: the agent closes a connection that sends more (1009). */
export const MAX_REQUEST_BYTES = 1_048_576;
/** Largest answer or event, in bytes. */
export const MAX_ANSWER_BYTES = 67_108_864;
/** Arrays and objects inside each other; no message of the protocol comes near. */
export const MAX_DEPTH = 64;

/** Close codes of RFC 6455 that both sides use. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
} as const;

/** What a text frame holds. */
export type Frame =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'not-json' }
  | { readonly kind: 'too-deep' };

/** Parses the text of one frame; does not throw. */
export function parseFrame(text: string): Frame {
  if (isDeeperThan(text, MAX_DEPTH)) return { kind: 'too-deep' };
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch {
    return { kind: 'not-json' };
  }
}

/**
 * Reads JSON-RPC messages from a WebSocket, one a text frame. A binary frame ends the connection.
 */
export class WebSocketReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: WebSocket;
  readonly #accept: (frame: Frame) => Message | null;

  /**
   * @param accept decides what a frame means: the message to hand on, or null to drop it. What it
   *   hands on must be well-formed: the JSON-RPC library trusts the shape of what it is given.
   */
  constructor(socket: WebSocket, accept: (frame: Frame) => Message | null) {
    super();
    this.#socket = socket;
    this.#accept = accept;
    socket.on('close', () => this.fireClose());
    socket.on('error', (error) => this.fireError(error));
  }

  listen(callback: DataCallback): Disposable {
    const onMessage = (data: WebSocket.RawData, isBinary: boolean): void => {
      // Frames that were under way when the connection was given up.
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      if (isBinary) {
        this.#socket.close(CLOSE.unsupportedData, 'text frames only');
        return;
      }
      const message = this.#accept(parseFrame(textOf(data)));
      if (message !== null) callback(message);
    };
    this.#socket.on('message', onMessage);
    return { dispose: () => this.#socket.off('message', onMessage) };
  }
}

/** Writes JSON-RPC messages to a WebSocket, one a text frame. */
export class WebSocketWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: WebSocket;
  readonly #encode: (message: Message) => string;

  constructor(socket: WebSocket, encode: (message: Message) => string = JSON.stringify) {
    super();
    this.#socket = socket;
    this.#encode = encode;
    socket.on('close', () => this.fireClose());
  }

  /**
   * Resolves when the message was handed to the operating system, or cannot be any more: then the
   * connection is closing, which tells everyone who waits. (A rejection would end the process: the
   * JSON-RPC library throws it again where nobody can catch it.)
   */
  write(message: Message): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(this.#encode(message), () => resolve());
    });
  }

  end(): void {
    this.#socket.close(CLOSE.normal);
  }
}

function textOf(data: WebSocket.RawData): string {
  // With the library's default `binaryType` a message is always one Buffer.
  return Buffer.isBuffer(data) ? data.toString('utf8') : '';
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Counts brackets outside of strings, before anything recursive sees the text. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth -= 1;
  }
  return false;
}
