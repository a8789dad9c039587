import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import type { Clock, Timer } from '../../support/clock';
import { errnoOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
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

/** Changes are written together after this, ms. */
const GATHER_MS = 1_000;

/** Keeps the alerts, silences and what people were told in a file, so that a restart forgets none. */
export class AlertStore {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writing = new Mutex();
  #timer: Timer | null = null;

  constructor(path: string, options: { readonly clock: Clock; readonly log: Log }) {
    this.#path = path;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** What was kept; undefined where nothing was, or where it cannot be read: alerts come again. */
  async load(): Promise<BookMemory | undefined> {
    try {
      const kept = memoryFile.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      // Faults that this version does not know are left out.
      const groups = knownOf(group, kept.notifier.groups);
      return { ...kept, alerts: knownOf(alert, kept.alerts), notifier: { groups } };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        this.#log.warn('The kept alerts cannot be read', { path: this.#path, error });
      return undefined;
    }
  }

  /** Writes soon what `memory` gives then. */
  changed(memory: () => BookMemory): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      void this.save(memory());
    }, GATHER_MS);
  }

  /** Writes it now. A failure is logged: the alerts themselves do not depend on it. */
  save(memory: BookMemory): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    return this.#writing
      .run(() => writeFileAtomic(this.#path, JSON.stringify(memory)))
      .catch((error: unknown) => {
        this.#log.warn('The alerts cannot be kept', { path: this.#path, error });
      });
  }
}

function knownOf<T>(shape: z.ZodType<T>, values: readonly unknown[]): T[] {
  return values.flatMap((value) => {
    const known = shape.safeParse(value);
    return known.success ? [known.data] : [];
  });
}
