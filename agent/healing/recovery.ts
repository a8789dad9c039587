import { z } from 'zod';
import { TRIGGERS } from './trigger';

/** How to take back what an action did. */
export const undoNote = z.discriminatedUnion('kind', [
  /** A folder was moved away: it goes back where nothing is in its place, or beside what is. */
  z.object({ kind: z.literal('moved'), from: z.string(), to: z.string() }),
  z.object({ kind: z.literal('resources'), component: z.string(), step: z.int() }),
  z.object({ kind: z.literal('restored'), operation: z.string() }),
  z.object({ kind: z.literal('command'), component: z.string(), command: z.array(z.string()) }),
  /** Files of git were mended: the repair keeps what they were. */
  z.object({ kind: z.literal('repair'), attempt: z.string() }),
  z.object({ kind: z.literal('stopped'), components: z.array(z.string()) }),
]);
export type UndoNote = z.infer<typeof undoNote>;

const moment = z.number();
const plannedAction = z.object({
  action: z.string(),
  tier: z.enum(['automatic', 'after-snapshot', 'approval']),
  explain: z.string(),
  touches: z.array(z.string()),
});

/** What a step will do, and why just this. */
export const plannedStep = z.object({
  strategy: z.string(),
  why: z.string(),
  /** Rows one after the other; what is in one row at the same time. */
  rows: z.array(z.array(plannedAction)),
  /** Mean of what is believed; Wilson's lower bound; tries, which decay. */
  mean: z.number(),
  confidence: z.number(),
  tries: z.number(),
});
export type PlannedStep = z.infer<typeof plannedStep>;

const step = z.object({
  plan: plannedStep,
  state: z.enum(['running', 'verifying', 'helped', 'no-help', 'failed', 'rolled-back']),
  startedAt: moment,
  endedAt: moment.nullable(),
  before: z.string(),
  after: z.string().nullable(),
  note: z.string().nullable(),
  undo: z.array(undoNote),
});
export type RecoveryStep = z.infer<typeof step>;

/** `approval`: a person is asked; `person`: nothing is left that could be tried. */
const phase = z.enum([
  'queued',
  'running',
  'approval',
  'healed',
  'cleared',
  'person',
  'rolled-back',
  'cancelled',
  'undone',
]);

const incident = z.object({
  trigger: z.enum(TRIGGERS),
  fault: z.string(),
  subject: z.object({
    kind: z.enum(['machine', 'agent', 'component', 'worktree', 'repository', 'settings', 'store']),
    id: z.string(),
    name: z.string(),
    group: z.string(),
  }),
  part: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  kind: z.string(),
  fingerprint: z.string().nullable(),
});

/** A recovery as it is kept: all that was seen, chosen and done. Times in ms since 1970. */
export const recoveryRecord = z.object({
  id: z.string(),
  incident,
  /** Who asked: null for the agent itself. */
  by: z.string().nullable(),
  /** The one strategy that was asked for, or null. */
  only: z.string().nullable(),
  phase,
  startedAt: moment,
  endedAt: moment.nullable(),
  /** Why it ended so, or what a person is asked. */
  why: z.string().nullable(),
  /** What waits for approval. */
  proposal: plannedStep.nullable(),
  steps: z.array(step),
  log: z.array(z.object({ at: moment, text: z.string() })),
});
export type RecoveryRecord = z.infer<typeof recoveryRecord>;

/** Whether nothing more happens by itself or after an approval. */
export function isOver({ phase: kind }: RecoveryRecord): boolean {
  return kind !== 'queued' && kind !== 'running' && kind !== 'approval';
}
