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

const same: Paint = (text) => text;

/** No colours: for text that is no terminal's. */
export const PLAIN: Style = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same,
};

/*
 * Not `util.styleText`: newer versions of it look at standard output by themselves,
 * also for text that goes to standard error.
 */

/** Colours for a terminal; none for a pipe, for `NO_COLOR` and for a dumb terminal. */
export function styleFor(stream: TextStream, env: NodeJS.ProcessEnv): Style {
  const wanted = stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      wanted && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/** Text of unknown origin made safe for a terminal; its line breaks stay. */
export function printable(text: string): string {
  return text.split('\n').map(displayName).join('\n');
}
