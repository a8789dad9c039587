import { z } from 'zod';
import { timestamp } from './entities';
import type { MethodSpec } from './method-spec';

const metric = z.string().min(1).max(64).describe('name of a metric, as `component.response-p95`');
const values = z.array(z.number().nullable());

const metricInfo = z.object({
  metric,
  unit: z
    .enum(['ratio', 'bytes', 'seconds', 'count', 'per-second', 'timestamp'])
    .describe('of its values; a ratio is from 0 to 1'),
  label: z
    .enum(['disk', 'component', 'worktree', 'severity'])
    .nullable()
    .describe('what there is a series for each of; null for a single series'),
  help: z.string(),
});

const metricLine = z.object({
  of: z.string().describe('value of the label: a path, or the id of a component; else empty'),
  mean: values.describe('one value a step; null where nothing was measured'),
  max: values.describe('the highest value of each step'),
  unusual: z
    .array(timestamp)
    .describe(
      'when something unusual for this series was measured lately; marked are response times, error rates, the delay of the agent and of journals',
    ),
});

/** Requests about figures over time. */
export const METRICS_METHODS = {
  'metrics/list': {
    summary:
      'The figures that are kept over time, and of what they were measured in the last hour.',
    params: z.object({}),
    result: z.object({
      metrics: z.array(metricInfo.extend({ of: z.array(z.string()).describe('sorted') })),
    }),
    progress: false,
    mutates: false,
  },
  'metrics/series': {
    summary:
      'A figure over time, for charts: every 10 s of the last day, every minute of the last week, every 10 minutes of the last 90 days. While somebody asks, `metrics/sampled` tells of new values.',
    params: z.object({
      metric,
      of: z
        .string()
        .max(8192)
        .optional()
        .describe('only this series; all of the metric unless told'),
      from: timestamp.optional().describe('an hour before the end unless told'),
      to: timestamp.optional().describe('now unless told'),
      stepMs: z
        .int()
        .min(1_000)
        .optional()
        .describe('between two points; the smallest that gives at most 400 points unless told'),
    }),
    result: metricInfo.extend({
      from: timestamp.describe('of the first point: when its step begins'),
      stepMs: z
        .int()
        .positive()
        .describe('as asked for, raised to a multiple of what is kept of that time'),
      lines: z.array(metricLine).describe('sorted by what they are of; at most 100'),
      left: z.int().nonnegative().describe('series that were left out because there are more'),
    }),
    progress: false,
    mutates: false,
  },
  'metrics/text': {
    summary: 'What was measured last, as Prometheus reads it; the same as the page `/metrics`.',
    params: z.object({}),
    result: z.object({ text: z.string() }),
    progress: false,
    mutates: false,
  },
} as const satisfies Record<string, MethodSpec>;
