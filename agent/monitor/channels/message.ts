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
