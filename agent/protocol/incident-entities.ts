import { z } from 'zod';
import { timestamp } from './entities';

const severity = z.enum(['info', 'warning', 'critical']);

export const incidentInfo = z.object({
  id: z.string(),
  title: z.string().describe('what is its cause'),
  severity,
  state: z
    .enum(['open', 'person', 'closed'])
    .describe('`person`: it does not go away by itself, and nothing more is tried'),
  openedAt: timestamp,
  closedAt: timestamp.nullable(),
  parts: z
    .array(
      z.object({
        kind: z
          .enum(['alert', 'loss', 'backup', 'trouble', 'check'])
          .describe('`check`: two parts of the agent believe different things'),
        role: z
          .enum(['cause', 'consequence', 'related'])
          .describe('`related`: of the same thing and time; nobody knows more'),
        alert: z.string().nullable().describe('id of the alert that it is'),
        subject: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
        severity,
        message: z.string(),
        since: timestamp,
        endedAt: timestamp.nullable(),
      }),
    )
    .describe('what is wrong in it, in the order in which it was found'),
  timeline: z.array(z.object({ at: timestamp, text: z.string() })),
});
export type IncidentInfo = z.infer<typeof incidentInfo>;
