import { z } from 'zod';

/** Figures of which there is one. As in the agent's table of metrics; a test compares them. */
export const SINGLE_METRICS = [
  'machine.cpu',
  'machine.memory-used',
  'machine.memory-pressure',
  'machine.watches-used',
  'agent.cpu',
  'agent.memory',
  'agent.loop-delay',
  'agent.open-files',
  'store.size',
  'store.packs',
  'journal.records',
] as const;
/** Figures of which each component, disk … has its own. */
export const LABELLED_METRICS = [
  'machine.disk-free',
  'machine.disk-used',
  'machine.inodes-used',
  'worktree.journal-behind',
  'component.up',
  'component.response-p50',
  'component.response-p95',
  'component.response-p99',
  'component.error-rate',
  'component.throughput',
  'component.restarts',
  'alerts.firing',
] as const;

const DAY_MS = 86_400_000;

const common = {
  above: z.number().optional().describe('it applies while the figure is higher than this'),
  below: z.number().optional().describe('it applies while the figure is lower than this'),
  clear: z
    .number()
    .optional()
    .describe('it is over when the figure is back at this; the limit itself unless told'),
  forMs: z
    .int()
    .min(0)
    .max(DAY_MS)
    .optional()
    .describe('how long it must be so before it counts, ms; 60000 unless told'),
  severity: z
    .enum(['info', 'warning', 'critical'])
    .optional()
    .describe('`warning` unless told; `info` is only shown'),
  text: z.string().min(1).max(500).describe('what people are told'),
};

const single = z.strictObject({
  metric: z.enum(SINGLE_METRICS).describe('which figure, see docs/monitoring.md'),
  ...common,
});
const labelled = z.strictObject({
  metric: z.enum(LABELLED_METRICS).describe('which figure, see docs/monitoring.md'),
  of: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'of which component (as this file names it), disk, worktree or severity; all of them unless told',
    ),
  ...common,
});

/** An alert rule of a user: a figure against a limit. Ratios are from 0 to 1, times in seconds. */
export const alertRule = z
  .discriminatedUnion('metric', [single, labelled])
  .superRefine(({ above, below, clear }, context) => {
    const fault = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (above === undefined && below === undefined) fault('above', 'it needs "above" or "below"');
    else if (above !== undefined && below !== undefined)
      fault('below', 'it is either "above" or "below"; make two rules of it');
    else if (clear !== undefined && above !== undefined && clear > above)
      fault('clear', 'it must not be higher than "above"');
    else if (clear !== undefined && below !== undefined && clear < below)
      fault('clear', 'it must not be lower than "below"');
  });
export type AlertRule = z.infer<typeof alertRule>;
