import type { Alert } from './alert';

/** What a silence can look at. */
export const MATCHED = ['fingerprint', 'fault', 'subject', 'group', 'severity'] as const;
export type MatchedLabel = (typeof MATCHED)[number];

/** `value` may hold `*` for anything. */
export interface Matcher {
  readonly label: MatchedLabel;
  readonly value: string;
}

/** No notifications of what matches, for a while. Times in ms since 1970. */
export interface Silence {
  readonly id: string;
  /** All of them must match. */
  readonly matchers: readonly Matcher[];
  readonly author: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly endsAt: number;
}

/** A silence lasts no longer, ms: what is silenced for good is turned off in the settings. */
export const LONGEST_SILENCE_MS = 24 * 3_600_000;

/** Whether a silence counts now. One from the future (the clock was set back) does not. */
export function isCurrent({ createdAt, endsAt }: Silence, wall: number): boolean {
  return wall < endsAt && wall >= createdAt - 60_000;
}

export function silences({ matchers }: Silence, alert: Alert): boolean {
  return (
    matchers.length > 0 && matchers.every(({ label, value }) => fits(value, labelOf(alert, label)))
  );
}

function labelOf(alert: Alert, label: MatchedLabel): string {
  switch (label) {
    case 'subject':
      return alert.subject.name;
    case 'group':
      return alert.subject.group;
    default:
      return alert[label];
  }
}

function fits(pattern: string, value: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === value;
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}
