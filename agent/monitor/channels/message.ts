import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Alert } from '../alerts/alert';
import { FAULTS } from '../catalogue';

const toldAlert = z.object({
  fingerprint: z.string(),
  fault: z.string(),
  title: z.string(),
  hint: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  subject: z.object({ kind: z.string(), name: z.string() }),
  part: z.string(),
  message: z.string(),
  startsAt: z.number(),
  endsAt: z.number().nullable(),
});

/** One message to people, as it is kept until it is delivered. Times in ms since 1970. */
export const channelMessage = z.object({
  id: z.string(),
  kind: z.enum(['firing', 'reminder', 'resolved', 'test']),
  at: z.number(),
  group: z.string(),
  place: z.string(),
  fault: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  alerts: z.array(toldAlert),
  consequences: z.array(z.string()),
});
export type ChannelMessage = z.infer<typeof channelMessage>;
export type ToldAlert = z.infer<typeof toldAlert>;

/** An alert as it is told outside: with what it means and what to do. */
export function toldOf(alert: Alert): ToldAlert {
  const { fingerprint, fault, severity, subject, part, message, startsAt, endsAt } = alert;
  const { title, hint } = FAULTS[fault];
  return {
    ...{ fingerprint, fault, title, hint, severity, part, message, startsAt, endsAt },
    subject: { kind: subject.kind, name: subject.name },
  };
}

/** The fault of what is told of an emergency: no alert of the book. */
export const EMERGENCY = 'emergency';

/** What people outside are told of an emergency. Times in ms since 1970. */
export interface EmergencyNews {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly message: string;
  readonly startsAt: number;
  /** Null while it is not over. */
  readonly endsAt: number | null;
  /** What was done, a line each. */
  readonly consequences: readonly string[];
}

/** An emergency as one alert of its own. @param id of the message @param now ms since 1970 */
export function emergencyMessage(news: EmergencyNews, id: string, now: number): ChannelMessage {
  const { title, hint, message, startsAt, endsAt, consequences } = news;
  return {
    id,
    kind: endsAt === null ? 'firing' : 'resolved',
    at: now,
    group: `${EMERGENCY} ${news.id}`,
    place: 'Bulwark',
    fault: EMERGENCY,
    // Also its end: whoever has heard of it has to know.
    severity: 'critical',
    alerts: [
      {
        fingerprint: createHash('sha256').update(news.id, 'utf8').digest('hex').slice(0, 16),
        fault: EMERGENCY,
        ...{ title, hint, message, startsAt, endsAt },
        severity: 'critical',
        subject: { kind: 'machine', name: 'this machine' },
        part: news.id,
      },
    ],
    consequences: [...consequences],
  };
}

/** What `bulwark alerts test` sends. @param now ms since 1970 */
export function testMessage(id: string, now: number): ChannelMessage {
  return {
    id,
    kind: 'test',
    at: now,
    group: 'test',
    place: 'test',
    fault: 'test',
    severity: 'warning',
    alerts: [
      {
        fingerprint: '0'.repeat(16),
        fault: 'test',
        title: 'A test of this channel',
        hint: 'Nothing is to be done.',
        severity: 'warning',
        subject: { kind: 'agent', name: 'Bulwark' },
        part: '',
        message: 'Somebody asked Bulwark to test this channel; nothing is wrong.',
        startsAt: now,
        endsAt: null,
      },
    ],
    consequences: [],
  };
}
