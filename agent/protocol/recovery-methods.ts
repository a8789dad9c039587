import { z } from 'zod';
import type { MethodSpec } from './method-spec';
import * as r from './recovery-entities';

const recovery = z.string().min(1).max(64).describe('id of a recovery, or the beginning of it');
const by = z.string().min(1).max(100).describe('who does so');
const target = z
  .string()
  .min(1)
  .max(8192)
  .describe(
    'id of an alert, id of a component, path of a protected worktree, `machine`, `agent` or `store`',
  );
const strategy = z.string().min(1).max(100).describe('of `recovery/strategies`, or `own:NAME`');
const one = { progress: false, mutates: true } as const;
const asked = { progress: false, mutates: false } as const;

/** Requests about recoveries, and about what was learned from them. */
export const RECOVERY_METHODS = {
  'recovery/list': {
    summary: 'Recoveries, newest first: the last 200.',
    params: z.object({}),
    result: z.object({
      recoveries: z.array(r.recoveryInfo),
      mode: z.enum(['autonomous', 'supervised', 'observe']),
    }),
    ...asked,
  },
  'recovery/show': {
    summary: 'One recovery with its steps and its log.',
    params: z.object({ recovery }),
    result: r.recoveryInfo,
    ...asked,
  },
  'recovery/plan': {
    summary: 'What would be done, best first, and why. Changes nothing.',
    params: z.object({ target, strategy: strategy.optional() }),
    result: z.object({ message: z.string(), plans: z.array(r.recoveryPlan) }),
    ...asked,
  },
  'recovery/start': {
    summary:
      'Begin a recovery. A strategy that is named counts as approved; without one, what needs a person waits for `recovery/approve`.',
    params: z.object({ target, strategy: strategy.optional(), by }),
    result: r.recoveryInfo,
    ...one,
  },
  'recovery/approve': {
    summary: 'Say yes to what a recovery proposes.',
    params: z.object({ recovery, by }),
    result: r.recoveryInfo,
    ...one,
  },
  'recovery/cancel': {
    summary: 'Stop a recovery, or say no to it. What it did and was not verified is taken back.',
    params: z.object({ recovery, by }),
    result: r.recoveryInfo,
    ...one,
  },
  'recovery/undo': {
    summary: 'Take back what a recovery did.',
    params: z.object({ recovery, by }),
    result: r.recoveryInfo,
    ...one,
  },
  'recovery/strategies': {
    summary: 'What can be done about faults, and what was learned of it.',
    params: z.object({}),
    result: z.object({
      strategies: z.array(z.object({ strategy: z.string(), title: z.string() })),
      learned: z.array(r.learnedFault).describe('seen most often first'),
    }),
    ...asked,
  },
  'recovery/export': {
    summary: 'What was learned, to take to another machine.',
    params: z.object({}),
    result: r.learnedFile,
    ...asked,
  },
  'recovery/import': {
    summary: 'Add what was learned elsewhere. It makes no action freer than it is.',
    params: z.object({ learned: r.learnedFile }),
    result: z.object({ signatures: z.int().nonnegative() }),
    ...one,
  },
} as const satisfies Record<string, MethodSpec>;
