import { usageError } from './failure';

/** A moment as a person types it. */
export type MomentText =
  /** Milliseconds since 1970. */
  | { readonly kind: 'time'; readonly at: number }
  /** The state before an operation: its id or the beginning of it. */
  | { readonly kind: 'operation'; readonly operation: string };

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|milliseconds?)$/, 1],
  [/^(?:s|secs?|seconds?)$/, 1_000],
  [/^(?:m|mins?|minutes?)$/, 60_000],
  [/^(?:h|hrs?|hours?)$/, 3_600_000],
  [/^(?:d|days?)$/, 86_400_000],
  [/^(?:w|weeks?)$/, 604_800_000],
];

const AGO = /^((?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*)+)(?:\s*ago)?$/;
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/g;
const CLOCK =
  /^(?:(today|yesterday)(?:\s+(?:at\s+)?|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?$/;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3})\d*)?)?(?:\s*(z|[+-]\d{2}:?\d{2}))?)?$/;
const OPERATION = /^[0-9a-f]{6,32}$/;

/**
 * Reads a moment: `10 minutes ago`, `1h 30m`, `14:05`, `yesterday 14:05:30`, `2026-05-04`,
 * `2026-05-04 14:05`, `2026-05-04T12:05:30.250Z`, or an operation's id. Times without a zone are of
 * this machine's. A time of day that is still to come today was yesterday.
 * @param now ms since 1970
 * @throws `usage` for anything else, and for the future
 */
export function parseMoment(text: string, now: number): MomentText {
  const plain = text.trim().toLowerCase();
  const at = parseAgo(plain, now) ?? parseClock(plain, now) ?? parseIso(plain);
  if (at === null) {
    if (OPERATION.test(plain)) return { kind: 'operation', operation: plain };
    throw usageError(
      `"${text}" is no moment`,
      'Write "10 minutes ago", "14:05", "yesterday 14:05", "2026-05-04T14:05:30", or an operation’s id.',
    );
  }
  if (at > now)
    throw usageError(`"${text}" is in the future`, `It is ${new Date(now).toISOString()} now.`);
  return { kind: 'time', at };
}

function parseAgo(text: string, now: number): number | null {
  if (text === 'now') return now;
  const [, amounts] = AGO.exec(text) ?? [];
  if (amounts === undefined) return null;
  let ms = 0;
  for (const [, amount, unit = ''] of amounts.matchAll(PART)) {
    const length = UNITS.find(([name]) => name.test(unit))?.[1];
    if (length === undefined) return null;
    ms += Number(amount) * length;
  }
  return Math.round(now - ms);
}

function parseClock(text: string, now: number): number | null {
  const found = CLOCK.exec(text);
  if (found === null || text === '') return null;
  const [, day, hours = '0', minutes = '0', seconds = '0', fraction = '0'] = found;
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  if (h > 23 || m > 59 || s > 59) return null;
  const date = new Date(now);
  date.setHours(h, m, s, millisecondsOf(fraction));
  if (day === 'yesterday' || (day === undefined && date.getTime() > now))
    date.setDate(date.getDate() - 1);
  return date.getTime();
}

function parseIso(text: string): number | null {
  const found = ISO.exec(text);
  if (found === null) return null;
  const [, year, month, day, hours = '00', minutes = '00', seconds = '00', fraction = '0', zone] =
    found;
  const millis = String(millisecondsOf(fraction)).padStart(3, '0');
  const wall = `${String(year)}-${String(month)}-${String(day)}T${hours}:${minutes}:${seconds}.${millis}`;
  const at = Date.parse(wall + (zone === undefined ? '' : isoZone(zone)));
  // A day that the calendar does not have (2026-02-30) is moved on by some engines.
  const isReal =
    Date.parse(`${wall}Z`) ===
      Date.UTC(
        Number(year),
        Number(month) - 1,
        Number(day),
        Number(hours),
        Number(minutes),
        Number(seconds),
        Number(millis),
      ) && new Date(`${wall}Z`).getUTCDate() === Number(day);
  return Number.isNaN(at) || !isReal ? null : at;
}

function isoZone(zone: string): string {
  if (zone === 'z') return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}

/** `5` after the point is half a second. */
function millisecondsOf(fraction: string): number {
  return Number(fraction.padEnd(3, '0'));
}
