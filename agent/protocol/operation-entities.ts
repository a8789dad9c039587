import { z } from 'zod';
import * as e from './entities';

/** Work of the agent that has not begun yet. */
export const waitingWork = z.object({
  priority: z
    .enum(['restore', 'loss-guard', 'recovery', 'backup', 'verification', 'scrub'])
    .describe('the first of these go first'),
  worktree: e.pathText.nullable().describe('null for the store as a whole'),
  what: z.string().describe('for people'),
  why: z.string().describe('what it waits for, for people'),
  waitedMs: z.number().nonnegative(),
});
export type WaitingWork = z.infer<typeof waitingWork>;
