import { z } from 'zod';
import { timestamp } from './entities';
import type { MethodSpec } from './method-spec';

const ratio = z.number().min(0).max(1);
const ms = z.number().nonnegative();
const count = z.int().nonnegative();

const periodReport = z.object({
  from: timestamp,
  to: timestamp,
  observedMs: ms.describe('in which the agent ran and measured'),
  availability: ratio
    .nullable()
    .describe('of all components together, of the time in which it was measured'),
  components: z
    .array(z.object({ of: z.string(), ratio, measuredMs: ms }))
    .describe('the availability of each, the worst first'),
  incidents: z.object({
    count: count.describe('that began in it'),
    critical: count,
    open: count.describe('of these, that are not over'),
    mtbfMs: ms
      .nullable()
      .describe('mean time between failures: the time without an incident, by incident'),
    mttrMs: ms.nullable().describe('mean time to recovery, of the incidents that ended in it'),
  }),
  emergencies: count,
  recoveries: z.object({
    count: count.describe('that began in it'),
    healed: count,
    cleared: count.describe('it went away before anything was done'),
    failed: count.describe('taken back, or left to a person'),
    open: count,
    success: ratio.nullable().describe('part that helped, of those in which something was done'),
    meanMs: ms.nullable().describe('until it was healed'),
  }),
  alerts: z
    .array(z.object({ fault: z.string(), title: z.string(), count }))
    .describe('that began in it, by fault, without what followed from another one'),
  backups: z.object({
    snapshots: count,
    backups: count.describe('full, differential and incremental ones'),
    failed: count,
    restores: count,
  }),
  drill: z
    .object({ at: timestamp, ok: z.boolean() })
    .nullable()
    .describe('the last one of everything'),
  storage: z.object({
    atFirst: z.number().nullable().describe('size of the store, bytes'),
    atLast: z.number().nullable(),
    bytesPerDay: z.number().nullable().describe('by the trend of the time'),
    freeBytes: z.number().nullable().describe('of its disk'),
    fullInMs: ms.nullable().describe('until its disk is full, if it goes on like this'),
  }),
  partial: z
    .array(z.enum(['incidents', 'recoveries', 'alerts']))
    .describe('of these only the last 200 are kept, and there were more'),
});
export type PeriodReportInfo = z.infer<typeof periodReport>;

/** Requests about how it was. */
export const REPORT_METHODS = {
  'manager/report': {
    summary:
      'How a time was: availability, failures and recoveries, alerts by cause, backups, growth of the store, a forecast.',
    params: z.object({
      from: timestamp
        .optional()
        .describe('a week before the end unless told; figures of 90 days are kept'),
      to: timestamp.optional().describe('now unless told'),
    }),
    result: periodReport,
    progress: false,
    mutates: false,
  },
} as const satisfies Record<string, MethodSpec>;
