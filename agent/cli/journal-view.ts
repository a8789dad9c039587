import type { JournalEntry, Moment } from '../protocol/entities';
import { displayName } from '../support/names';
import { displayPath, formatAge, formatCount, plural, shortenMiddle, shortId } from './format';
import type { ViewContext } from './snapshot-view';
import type { Style } from './style';

type Change = JournalEntry['changes'][number];

/** How many changes of one record are listed. */
const LISTED = 8;

const MARKS: Readonly<Record<Change['change'], readonly [string, keyof Style]>> = {
  create: ['+', 'green'],
  write: ['~', 'yellow'],
  delete: ['-', 'red'],
  rename: ['>', 'cyan'],
  mode: ['%', 'cyan'],
  touch: ['.', 'dim'],
  git: ['*', 'cyan'],
};

/** A record of the journal: when and where, then what changed. */
export function entryLines(
  entry: JournalEntry,
  view: ViewContext,
  withWorktree: boolean,
): string[] {
  const { style } = view;
  const place = withWorktree ? `  ${displayPath(entry.worktree, view.homedir)}` : '';
  const branch = entry.branch === null ? '' : `  ${displayName(entry.branch)}`;
  const head = `${style.bold(shortId(entry.id))}  ${timeOf(entry.at)}  ${style.dim(formatAge(entry.at, view.now))}${place}${branch}`;
  const shown = entry.changes.slice(0, LISTED);
  const rest = totalOf(entry) - shown.reduce((sum, { files = 1 }) => sum + files, 0);
  const lines = [
    `${head}${seenText(entry, style)}`,
    ...shown.map((change) => `  ${changeText(change, view)}`),
  ];
  if (rest > 0) lines.push(style.dim(`  … and ${formatCount(rest)} more`));
  return lines;
}

/** What `restore --at` goes back to. */
export function momentLine({ snapshot, from, until }: Moment, view: ViewContext): string {
  const held = until === null ? 'the newest state' : `the state until ${timeOf(until)}`;
  const source = from === 'journal' ? 'from the journal' : `${snapshot.kind} snapshot`;
  return `As it was at ${timeOf(snapshot.createdAt)} (${formatAge(snapshot.createdAt, view.now)}), ${source}; ${held}.`;
}

/** A time of this machine's zone, to the millisecond; `restore --at` takes it. */
export function timeOf(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function changeText({ change, path, from, files }: Change, view: ViewContext): string {
  const [mark, paint] = MARKS[change];
  const width = Math.max(30, view.columns - 20);
  const name = shortenMiddle(displayName(path), width);
  const what =
    change === 'git'
      ? `git ${name}`
      : files === undefined
        ? name
        : `${name}/ (${plural(files, 'file')})`;
  const origin = from === undefined ? '' : ` from ${shortenMiddle(displayName(from), width)}`;
  return `${view.style[paint](mark)} ${what}${origin}`;
}

/** A scan says so: what happened between the record before and this one is not told one by one. */
function seenText({ seen, why }: JournalEntry, style: Style): string {
  if (seen === 'watched') return '';
  return `  ${style.yellow(`found by a scan (${whyText(why)})`)}`;
}

/** Why everything was compared. */
export function whyText(why: string | null): string {
  switch (why) {
    case 'burst':
      return 'too much at once';
    case 'missed':
      return 'the system lost events';
    case 'restore':
      return 'after a restore';
    case 'start':
      return 'the agent started';
    case 'reconcile':
      return 'the regular one';
    case 'poll':
    case 'unwatched':
    case 'watches-exhausted':
    case 'too-many-folders':
    case 'unsupported':
      return 'the system does not watch';
    case 'failed':
      return 'a capture failed before';
    default:
      return displayName(why ?? 'asked for');
  }
}

function totalOf({ created, written, deleted, renamed, other }: JournalEntry): number {
  return created + written + deleted + renamed + other;
}
