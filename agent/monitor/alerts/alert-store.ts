import { z } from 'zod';
import { KeptFile, knownOf, type KeptFileOptions } from '../../support/kept-file';
import { isFaultId, type FaultId } from '../catalogue';
import type { BookMemory } from './alert-book';
import { MATCHED } from './silence';

const severity = z.enum(['info', 'warning', 'critical']);
const since = z.number();
const knownFault = z.string().refine((text): text is FaultId => isFaultId(text));
const alert = z.object({
  fingerprint: z.string(),
  fault: knownFault,
  subject: z.object({
    kind: z.enum(['machine', 'agent', 'component', 'worktree', 'repository', 'settings']),
    id: z.string(),
    name: z.string(),
    group: z.string(),
  }),
  part: z.string(),
  severity,
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  phase: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('pending'), since }),
    z.object({ kind: z.literal('firing') }),
    z.object({ kind: z.literal('resolving'), since }),
    z.object({ kind: z.literal('resolved'), why: z.enum(['good', 'gone', 'asked']) }),
  ]),
  unknown: z.boolean(),
  startsAt: z.number(),
  endsAt: z.number().nullable(),
  acknowledged: z
    .object({ by: z.string(), note: z.string(), at: z.number(), until: z.number(), severity })
    .nullable(),
  flapping: z.boolean(),
  looks: z.array(z.boolean()),
});
const group = z.object({
  place: z.string(),
  fault: knownFault,
  told: z.array(z.tuple([z.string(), severity])),
  agoMs: z.number(),
  number: z.int(),
});
const memoryFile = z.object({
  alerts: z.array(z.unknown()),
  silences: z.array(
    z.object({
      id: z.string(),
      matchers: z.array(z.object({ label: z.enum(MATCHED), value: z.string() })),
      author: z.string(),
      reason: z.string(),
      createdAt: z.number(),
      endsAt: z.number(),
    }),
  ),
  notifier: z.object({ groups: z.array(z.unknown()) }),
});

/**
 * The file of the alerts, the silences and what people were told. Where it cannot be read, alerts
 * come again.
 */
export function alertStore(
  options: Pick<KeptFileOptions<BookMemory>, 'path' | 'clock' | 'log'>,
): KeptFile<BookMemory> {
  const parse = (json: unknown): BookMemory => {
    const kept = memoryFile.parse(json);
    // Faults that this version does not know are left out.
    const groups = knownOf(group, kept.notifier.groups);
    return { ...kept, alerts: knownOf(alert, kept.alerts), notifier: { groups } };
  };
  return new KeptFile({ ...options, what: 'alerts', parse });
}
