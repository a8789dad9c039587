import type { HardeningManager } from '../../manager/hardening-manager';
import type { Handlers } from '../../protocol/handlers';

type ChannelMethods = Pick<Handlers, 'alert/channels' | 'alert/undelivered' | 'alert/test'>;

/** Answers about the channels through which people are told of alerts. */
export function channelMethods({ channels }: HardeningManager): ChannelMethods {
  return {
    'alert/channels': async () => ({ channels: channels.list() }),
    'alert/undelivered': async () => ({
      undelivered: channels.undelivered.map(({ channel, at, why, message }) => ({
        ...{ channel, at, why },
        kind: message.kind,
        toldAt: message.at,
        group: message.group,
        messages: message.alerts.map((alert) => alert.message),
      })),
    }),
    'alert/test': async ({ channel }) => ({
      results: (await channels.test(channel)).map(({ channel: name, outcome, ms }) => ({
        channel: name,
        delivered: outcome.kind === 'delivered',
        why: outcome.kind === 'failed' ? outcome.why : null,
        ms,
      })),
    }),
  };
}
