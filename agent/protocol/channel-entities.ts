import { z } from 'zod';
import { timestamp } from './entities';

const channelName = z.string().max(40);

/** A channel through which people are told of alerts. */
export const channelInfo = z.object({
  name: channelName,
  kind: z.enum(['webhook', 'alertmanager', 'email', 'desktop']),
  target: z.string().describe('where to, without secrets'),
  minimumSeverity: z.enum(['warning', 'critical']),
  state: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('ok') }),
    z.object({ kind: z.literal('failing'), since: timestamp, why: z.string() }),
  ]),
  waiting: z.int().nonnegative().describe('messages that are not delivered yet'),
  deliveredAt: timestamp.nullable().describe('the last time, since the agent started'),
});
export type ChannelInfo = z.infer<typeof channelInfo>;

/** A notification that a channel could not deliver. */
export const undeliveredMessage = z.object({
  channel: channelName,
  at: timestamp.describe('when it was given up'),
  why: z.string(),
  kind: z.enum(['firing', 'reminder', 'resolved', 'test']),
  toldAt: timestamp.describe('when people should have been told'),
  group: z.string(),
  messages: z.array(z.string()).describe('of its alerts'),
});

/** How the test of one channel ended. */
export const channelTest = z.object({
  channel: channelName,
  delivered: z.boolean(),
  why: z.string().nullable().describe('it was not delivered'),
  ms: z.int().nonnegative(),
});
