import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../support/clock';
import { Emitter } from '../../support/emitter';

/** One line that a component wrote, or that the agent says about it. */
export interface LogLine {
  /** Counts up from 1 over all lines of the component. */
  readonly number: number;
  /** Ms since 1970. */
  readonly at: number;
  readonly from: 'stdout' | 'stderr' | 'agent';
  readonly text: string;
}

const MAX_LINES = 1_000;
const MAX_CHARS = 512 * 1024;
/** Longer lines are broken. */
const MAX_LINE_CHARS = 4_096;

/** The last lines of a component, at most 1000 and half a MiB. */
export class LogRing {
  readonly onLine = new Emitter<LogLine>();
  readonly #clock: Clock;
  readonly #lines: LogLine[] = [];
  #chars = 0;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lines after number `after`, the newest `limit` of them. */
  list(after: number, limit: number): LogLine[] {
    return this.#lines.filter(({ number }) => number > after).slice(-limit);
  }

  add(from: LogLine['from'], text: string): void {
    this.#count += 1;
    const line = { number: this.#count, at: this.#clock.now(), from, text };
    this.#lines.push(line);
    this.#chars += text.length;
    while (this.#lines.length > MAX_LINES || this.#chars > MAX_CHARS)
      this.#chars -= this.#lines.shift()?.text.length ?? 0;
    this.onLine.emit(line);
  }

  /** Takes a stream's output apart into lines until it ends. */
  follow(stream: NodeJS.ReadableStream, from: LogLine['from']): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    const take = (text: string, last: boolean): void => {
      const pieces = (rest + text).split(/\r?\n/);
      rest = last ? '' : (pieces.pop() ?? '');
      for (const piece of pieces)
        if (piece !== '' || !last) for (const part of broken(piece)) this.add(from, part);
      if (rest.length > MAX_LINE_CHARS) {
        this.add(from, rest.slice(0, MAX_LINE_CHARS));
        rest = rest.slice(MAX_LINE_CHARS);
      }
    };
    stream.on('data', (chunk: Buffer) => take(decoder.write(chunk), false));
    stream.on('end', () => take(decoder.end(), true));
    stream.on('error', () => undefined);
  }
}

function broken(text: string): string[] {
  const parts = [text.slice(0, MAX_LINE_CHARS)];
  for (let at = MAX_LINE_CHARS; at < text.length; at += MAX_LINE_CHARS)
    parts.push(text.slice(at, at + MAX_LINE_CHARS));
  return parts;
}
