import { styleText } from 'node:util';
import { displayName } from '../support/names';
import type { TextStream } from './environment';

type Paint = (text: string) => string;

/** Colours for one stream; every function returns its text unchanged where colours are not wanted. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** Colours for a terminal; none for a pipe, for `NO_COLOR` and for a dumb terminal. */
export function styleFor(stream: TextStream, env: NodeJS.ProcessEnv): Style {
  const wanted = stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      wanted && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  };
}

/** Text of unknown origin made safe for a terminal; its line breaks stay. */
export function printable(text: string): string {
  return text.split('\n').map(displayName).join('\n');
}
