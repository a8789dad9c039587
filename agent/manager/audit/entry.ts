import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Who an operation was done for. `agent`: by itself. */
const actor = z.object({
  kind: z.enum(['agent', 'terminal', 'editor', 'coding-agent', 'program']),
  name: z.string(),
  /** Of its process, as it said; null where it did not. */
  pid: z.int().nullable(),
});
export type Actor = z.infer<typeof actor>;

/** What is told of an operation beside when, and its place in the chain. */
const told = {
  /** As `restore/apply`; what the agent does by itself has names of its own, as `agent/started`. */
  action: z.string(),
  /** `begun`: what overwrites or deletes is written down before it is done, too. */
  phase: z.enum(['begun', 'done', 'failed']),
  by: actor,
  why: z.string().nullable(),
  /** What it was about: a path, a component, a snapshot. */
  target: z.string().nullable(),
  input: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  outcome: z.string().nullable(),
  durationMs: z.int().nullable(),
};

export const auditEntry = z.object({
  sequence: z.int().positive(),
  /** Ms since 1970. */
  at: z.int(),
  ...told,
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** What is told of an operation, without its place in the trail. */
export type Operation = Omit<AuditEntry, 'sequence' | 'at' | 'hash'>;

/** What comes before the first entry of all. */
export const GENESIS = '0'.repeat(64);

/** The hash of an entry after another one: SHA-256 of the hash before, a line end, and its canonical JSON. */
export function hashOf(previous: string, whole: AuditEntry): string {
  const entry: Partial<AuditEntry> = { ...whole };
  delete entry.hash;
  return createHash('sha256')
    .update(`${previous}\n${canonical(entry)}`, 'utf8')
    .digest('hex');
}

/** An operation at its place in the chain. */
export function chained(
  previous: string,
  place: Pick<AuditEntry, 'sequence' | 'at'>,
  what: Operation,
): AuditEntry {
  const entry = { ...place, ...what, hash: '' };
  return { ...entry, hash: hashOf(previous, entry) };
}

/** JSON as RFC 8785 writes it: keys in order, no spaces; numbers here are whole. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
