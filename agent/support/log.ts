import { createWriteStream, type WriteStream } from 'node:fs';
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

/** A log file: one JSON object a line, in Elastic Common Schema. */
export class FileLog {
  readonly log: Log;
  readonly #stream: WriteStream;

  /** @param path is appended to; made readable for this user alone. */
  constructor(path: string, { clock, service }: { clock: Clock; service: LogService }) {
    this.#stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
    // A full disk must not take the agent down because it cannot complain.
    this.#stream.on('error', () => undefined);
    this.log = logTo((level, logger, message, fields) => {
      const line = ecsLine({ at: clock.now(), level, logger, message, fields }, service);
      this.#stream.write(`${JSON.stringify(line)}\n`);
    }, '');
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.end(resolve);
    });
  }
}
