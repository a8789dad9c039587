import { z } from 'zod';
import { timestamp } from './entities';

const tier = z
  .enum(['automatic', 'after-snapshot', 'approval'])
  .describe('done by itself, done once everything is saved, done when a person agrees');

/** What one step of a recovery does, and why just this. */
export const recoveryPlan = z.object({
  strategy: z.string(),
  why: z.string(),
  rows: z
    .array(
      z.array(
        z.object({
          action: z.string(),
          tier,
          explain: z.string(),
          touches: z.array(z.string()).describe('paths and components that it changes'),
        }),
      ),
    )
    .describe('one after the other; what is in one row at the same time'),
  mean: z.number().describe('how likely it is believed to help, 0 to 1'),
  confidence: z.number().describe('lower end of the 95 % interval of how often it helped, 0 to 1'),
  tries: z.number().nonnegative().describe('behind `confidence`; older ones count less'),
});
export type RecoveryPlan = z.infer<typeof recoveryPlan>;

export const recoveryInfo = z.object({
  id: z.string(),
  trigger: z.string().describe('as `component-down`, or `asked`'),
  fault: z.string(),
  subject: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  message: z.string(),
  by: z.string().nullable().describe('who asked for it; null for the agent itself'),
  state: z
    .enum([
      'queued',
      'running',
      'approval',
      'healed',
      'cleared',
      'person',
      'rolled-back',
      'cancelled',
      'undone',
    ])
    .describe(
      '`approval`: waits for a yes; `cleared`: went away by itself; `person`: nothing is left to try',
    ),
  why: z.string().nullable(),
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
  proposal: recoveryPlan.nullable().describe('what waits for a yes'),
  steps: z.array(
    z.object({
      plan: recoveryPlan,
      state: z.enum(['running', 'verifying', 'helped', 'no-help', 'failed', 'rolled-back']),
      startedAt: timestamp,
      endedAt: timestamp.nullable(),
      before: z.string(),
      after: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
  undoable: z.boolean().describe('it left something that can be taken back'),
  log: z.array(z.object({ at: timestamp, text: z.string() })),
});
export type RecoveryInfo = z.infer<typeof recoveryInfo>;

/** One strategy that was tried for one kind of fault. */
const learnedStrategy = z.object({
  strategy: z.string(),
  helped: z.number().nonnegative(),
  failed: z.number().nonnegative(),
  confidence: z.number(),
});

export const learnedFault = z.object({
  signature: z.string(),
  sightings: z.int().nonnegative(),
  strategies: z.array(learnedStrategy),
});
export type LearnedFault = z.infer<typeof learnedFault>;

const arm = z.object({
  helped: z.number().nonnegative(),
  failed: z.number().nonnegative(),
  credit: z.number().nonnegative(),
});

/** What was learned, to take to another machine. */
export const learnedFile = z.object({
  seen: z.record(
    z.string(),
    z.object({ sightings: z.int().nonnegative(), arms: z.record(z.string(), arm) }),
  ),
});
