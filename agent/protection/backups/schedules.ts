import { Cron } from 'croner';
import type { BackupKind } from '../../repository/record';

/** Kinds of backups that are taken at set times. */
export type ScheduledKind = Exclude<BackupKind, 'snapshot'>;

/** In the order in which they run when several are due: what a later one builds on comes first. */
export const SCHEDULED_KINDS = [
  'full',
  'differential',
  'incremental',
] as const satisfies readonly ScheduledKind[];

/** A cron pattern for each kind, in local time; null for never. */
export type Schedules = Readonly<Record<ScheduledKind, string | null>>;

export const DEFAULT_SCHEDULES: Schedules = {
  full: '0 2 * * 0',
  incremental: '0 2 * * 1-6',
  differential: '0 14 * * *',
};

/** Whether `text` is a cron pattern of five fields. */
export function isPattern(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    return nextRun(text, 0) !== null;
  } catch {
    return false;
  }
}

/**
 * When a pattern matches next after a moment, ms since 1970, or null for never again. Where clocks
 * are put forward, a time that does not exist is the moment after; where they are put back, a time
 * that comes twice counts once.
 * @param timezone an IANA name; the machine's own unless given
 */
export function nextRun(pattern: string, after: number, timezone?: string): number | null {
  // The library only tells times: its own timers would not know of our clock.
  const cron = new Cron(pattern, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
  return cron.nextRun(new Date(after))?.getTime() ?? null;
}
