import { createWriteStream, openSync, renameSync, statSync, type WriteStream } from 'node:fs';
import type { Clock } from './clock';
import { ecsLine, type LogLevel, type LogService } from './ecs-line';

export type LogFields = Readonly<Record<string, unknown>>;

/** Where a room tells what it does. Messages are sentences; facts go in the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines name the room. */
  child(name: string): Log;
}

type Sink = (level: LogLevel, logger: string, message: string, fields: LogFields) => void;

function logTo(sink: Sink, logger: string): Log {
  return {
    debug: (message, fields = {}) => sink('debug', logger, message, fields),
    info: (message, fields = {}) => sink('info', logger, message, fields),
    warn: (message, fields = {}) => sink('warn', logger, message, fields),
    error: (message, fields = {}) => sink('error', logger, message, fields),
    child: (name) => logTo(sink, logger === '' ? name : `${logger}.${name}`),
  };
}

/** A log that nobody reads. */
export const silentLog: Log = logTo(() => undefined, '');

/** When a log file is this long, it is put aside and a new one is begun, bytes. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/**
 * A log file: one JSON object a line, in Elastic Common Schema. It and the one before it, `PATH.1`,
 * are kept: whoever gives the agent cause to complain cannot fill the disk by that.
 */
export class FileLog {
  readonly log: Log;
  readonly #path: string;
  readonly #maxBytes: number;
  #stream: WriteStream;
  #bytes: number;

  /**
   * @param path is appended to; made readable for this user alone
   * @param options.maxBytes when it is put aside; 16 MiB unless told
   */
  constructor(
    path: string,
    {
      clock,
      service,
      maxBytes = MAX_LOG_BYTES,
    }: { clock: Clock; service: LogService; maxBytes?: number },
  ) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = appendTo(path);
    this.log = logTo((level, logger, message, fields) => {
      const line = ecsLine({ at: clock.now(), level, logger, message, fields }, service);
      this.#write(`${JSON.stringify(line)}\n`);
    }, '');
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.end(resolve);
    });
  }

  #write(line: string): void {
    if (this.#bytes >= this.#maxBytes) this.#putAside();
    this.#stream.write(line);
    this.#bytes += Buffer.byteLength(line);
  }

  /** What the old stream has not written yet goes to the renamed file. */
  #putAside(): void {
    this.#bytes = 0;
    try {
      renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // It goes on in the same file; the next time is when it has grown as much again.
      return;
    }
    this.#stream.end();
    this.#stream = appendTo(this.#path);
  }
}

function appendTo(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600, ...opened(path) });
  // A full disk must not take the agent down because it cannot complain.
  stream.on('error', () => undefined);
  return stream;
}

/** Opened at once, so that the file is there when it is to be put aside; left to the stream where that fails. */
function opened(path: string): { fd?: number } {
  try {
    return { fd: openSync(path, 'a', 0o600) };
  } catch {
    return {};
  }
}
