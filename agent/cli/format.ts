import { isoTime } from '../support/clock';
import { displayName } from '../support/names';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A size for people: `0 B`, `1.5 KiB`, `312 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** A count with thousands set apart. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `1 file`, `2,000 files`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** How long something takes: `40 ms`, `0.4 s`, `12 s`, `3 min 5 s`, `2 h 3 min`, `5 d 1 h`. */
export function formatDuration(ms: number): string {
  if (ms < 0.1 * SECOND) return `${Math.ceil(ms)} ms`;
  if (ms < 9.95 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joined(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** A duration that is still growing, in whole seconds at least. */
export function formatUptime(ms: number): string {
  return ms < 10 * SECOND ? `${Math.floor(ms / SECOND)} s` : formatDuration(ms);
}

/** How long ago `at` was: `just now`, `12 s ago` … `6 d ago`, then the day. Both in ms since 1970. */
export function formatAge(at: number, now: number): string {
  const age = now - at;
  if (age < 2 * SECOND) return 'just now';
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s ago`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h ago`;
  if (age < 7 * DAY) return `${Math.floor(age / DAY)} d ago`;
  return isoTime(at).slice(0, 10);
}

/** The exact time with its age, for views of one thing. */
export function formatMoment(at: number, now: number): string {
  return `${isoTime(at)} (${formatAge(at, now)})`;
}

/** The beginning of an id that people are shown; commands take it back. */
export function shortId(id: string): string {
  return id.slice(0, 10);
}

/** Cuts the middle out of a text that is longer than `width` characters; the end says more, so it keeps more. */
export function shortenMiddle(text: string, width: number): string {
  const chars = Array.from(text);
  if (chars.length <= width) return text;
  if (width <= 1) return '…'.slice(0, Math.max(0, width));
  const head = Math.floor((width - 1) / 3);
  const tail = width - 1 - head;
  return `${chars.slice(0, head).join('')}…${chars.slice(chars.length - tail).join('')}`;
}

/** A path for people: safe to print, the home folder as `~`. */
export function displayPath(path: string, homedir: string): string {
  const inHome =
    homedir.length > 1 &&
    path.startsWith(homedir) &&
    (path.length === homedir.length ||
      path[homedir.length] === '/' ||
      path[homedir.length] === '\\');
  return displayName(inHome ? `~${path.slice(homedir.length)}` : path);
}
