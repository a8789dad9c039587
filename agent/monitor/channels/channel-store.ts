import { z } from 'zod';
import { KeptFile, type KeptFileOptions } from '../../support/kept-file';
import { channelMessage } from './message';

const undelivered = z.object({
  channel: z.string(),
  /** When it was given up, ms since 1970. */
  at: z.number(),
  why: z.string(),
  message: channelMessage,
});
export type UndeliveredMessage = z.infer<typeof undelivered>;

const memory = z.object({
  /** What is not over of each group, as it was told last. */
  told: z.array(channelMessage),
  waiting: z.array(z.object({ channel: z.string(), message: channelMessage })),
  undelivered: z.array(undelivered),
});
export type ChannelMemory = z.infer<typeof memory>;

/** The file of what waits, what was given up and what people were told. */
export function channelStore(
  options: Pick<KeptFileOptions<ChannelMemory>, 'path' | 'clock' | 'log'>,
): KeptFile<ChannelMemory> {
  return new KeptFile({
    ...options,
    what: 'notifications',
    parse: (json) => memory.parse(json),
  });
}
