import { z } from 'zod';
import { timestamp } from './entities';
import type { MethodSpec } from './method-spec';

const hash = z.string().describe('SHA-256, hexadecimal');
const place = z.object({ sequence: z.int().nonnegative(), hash });

export const auditEntry = z.object({
  sequence: z.int().positive(),
  at: timestamp,
  action: z
    .string()
    .describe(
      'the request, as `restore/apply`; or what the agent did by itself, as `snapshot/automatic`',
    ),
  phase: z
    .enum(['begun', 'done', 'failed'])
    .describe('what overwrites or deletes is written down before it is done, too'),
  by: z.object({
    kind: z.enum(['agent', 'terminal', 'editor', 'coding-agent', 'program']),
    name: z.string(),
    pid: z.int().nullable(),
  }),
  why: z.string().nullable(),
  target: z.string().nullable().describe('a path, a component, a snapshot …'),
  input: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .describe('without secrets'),
  outcome: z.string().nullable(),
  durationMs: z.int().nullable(),
  hash: hash.describe(
    'of the hash of the entry before, a line end, and this entry without `hash` as canonical JSON (RFC 8785)',
  ),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** Requests about the audit trail: who asked for what, and what became of it. */
export const AUDIT_METHODS = {
  'audit/list': {
    summary: 'Operations, newest first: who asked for what, why, and what became of it.',
    params: z.object({
      since: timestamp.optional().describe('only of this time or later'),
      before: z.int().positive().optional().describe('only with a lower sequence: the next page'),
      action: z.string().max(64).optional().describe('only those that begin so, as `restore/`'),
      limit: z.int().min(1).max(1000).optional().describe('100 unless told'),
    }),
    result: z.object({ entries: z.array(auditEntry), more: z.boolean() }),
    progress: false,
    mutates: false,
  },
  'audit/verify': {
    summary: 'Follow the chain of hashes through the whole trail: an edit shows.',
    params: z.object({}),
    result: z.object({
      entries: z.int().nonnegative(),
      from: place.describe('the entry that it begins after: older ones are over their time'),
      head: place.describe('the last entry'),
      problems: z
        .array(z.object({ sequence: z.int(), message: z.string() }))
        .describe('the first 100 places where it is not as it was written'),
    }),
    progress: false,
    mutates: false,
  },
} as const satisfies Record<string, MethodSpec>;
