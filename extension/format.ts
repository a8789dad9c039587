const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago something was, in the coarse words of a list; both in milliseconds since 1970. */
export function age(at: number, now: number): string {
  const passed = Math.max(0, now - at);
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  const days = Math.floor(passed / DAY);
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

/** The local day of a time as a key that sorts, such as `2026-11-24`. */
export function dayKey(at: number): string {
  const date = new Date(at);
  const month = String(date.getMonth() + 1).padStart(2, '0');
  return `${date.getFullYear()}-${month}-${String(date.getDate()).padStart(2, '0')}`;
}

/** The local day of a time in words: Today, Yesterday, or the date. */
export function dayLabel(at: number, now: number, locale?: string): string {
  const key = dayKey(at);
  if (key === dayKey(now)) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (key === dayKey(yesterday.getTime())) return 'Yesterday';
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(at);
}

/** The local time of day, with seconds: snapshots can be seconds apart. */
export function timeOfDay(at: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(at);
}

/** Day and time of day, to stand inside a sentence or title: `today 10:32:05`. */
export function moment(at: number, now: number, locale?: string): string {
  const day = dayLabel(at, now, locale);
  const inside = day === 'Today' || day === 'Yesterday' ? day.toLowerCase() : day;
  return `${inside} ${timeOfDay(at, locale)}`;
}

/** The same words at the beginning of a line. */
export function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A size in the units that VS Code uses itself (1 KB is 1024 bytes). */
export function byteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toString()} ${unit}`;
}

/** `1 file`, `1,204 files`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/** `a, b, c and 4 more`, with at most `limit` names. */
export function someOf(names: readonly string[], total: number, limit: number): string {
  const shown = names.slice(0, limit);
  const rest = total - shown.length;
  if (rest <= 0) return shown.join(', ');
  return `${shown.join(', ')} and ${rest.toLocaleString('en')} more`;
}
