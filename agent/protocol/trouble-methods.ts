import { z } from 'zod';
import { notice, snapshotSummary } from './entities';
import { alertInfo } from './health-entities';
import type { MethodSpec } from './method-spec';
import { placePath } from './path-entities';

/** Requests of those who work in a worktree and have noticed that something is wrong. */
export const TROUBLE_METHODS = {
  'trouble/report': {
    summary:
      'Say that something is wrong in a worktree: its present state is kept and pinned, people are told, and the answer is what Bulwark knows of it.',
    params: z.object({
      path: placePath.describe('anything in the worktree'),
      message: z.string().min(1).max(2000).describe('what is wrong, for people'),
      by: z.string().min(1).max(100).describe('who says so'),
    }),
    result: z.object({
      notice: notice.describe('as people are told'),
      kept: snapshotSummary.nullable().describe('the state as it was reported, pinned'),
      problem: z.string().nullable().describe('why it could not be kept'),
      alerts: z.array(alertInfo).describe('of this worktree, the machine and the store'),
      losses: z.array(notice).describe('what was lost there and not restored since'),
    }),
    progress: false,
    mutates: true,
  },
} as const satisfies Record<string, MethodSpec>;
