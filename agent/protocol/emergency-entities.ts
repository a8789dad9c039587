import { z } from 'zod';
import { pathText, timestamp } from './entities';

const level = z
  .union([z.literal(1), z.literal(2), z.literal(3)])
  .describe('1 elevated, 2 high, 3 extreme');

export const emergencyInfo = z.object({
  id: z.string(),
  trigger: z.enum([
    ...(['critical-incidents', 'mass-deletion', 'disk-nearly-full'] as const),
    ...(['store-damaged', 'memory-running-out'] as const),
  ]),
  title: z.string().describe('of the trigger, for people'),
  hint: z.string().describe('what a person can do'),
  level,
  state: z.enum(['active', 'over']),
  message: z.string(),
  evidence: z.array(z.string()).describe('what it was decided from, the newest'),
  openedAt: timestamp,
  levelSince: timestamp,
  endedAt: timestamp.nullable(),
  steps: z
    .array(
      z.object({
        action: z.enum([
          ...(['emergencyBackup', 'componentIsolation'] as const),
          ...(['administratorAlert', 'systemShutdown'] as const),
        ]),
        level,
        at: timestamp,
        endedAt: timestamp.nullable(),
        outcome: z
          .enum(['running', 'done', 'failed', 'left'])
          .describe('`left`: there was nothing to do, or it is not allowed'),
        text: z.string(),
        details: z.array(z.string()).describe('what became of each thing that it was about'),
      }),
    )
    .describe('what was done, in its order'),
  isolated: z.array(
    z.object({
      kind: z
        .enum(['component', 'source'])
        .describe('a process that was stopped; a source whose watcher and journal were cut off'),
      id: z.string(),
      name: z.string(),
      since: timestamp,
      until: timestamp.nullable().describe('when a source was watched again'),
    }),
  ),
  timeline: z.array(z.object({ at: timestamp, text: z.string() })),
  report: pathText.describe('the text file with the report'),
});
export type EmergencyInfo = z.infer<typeof emergencyInfo>;
