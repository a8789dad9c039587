import type { Command } from 'commander';
import type { ChannelInfo } from '../../protocol/channel-entities';
import { isoTime } from '../../support/clock';
import { EXIT } from '../failure';
import { formatAge, formatDuration, plural } from '../format';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';
import { viewOf } from '../view-context';

const NONE =
  'No channels are in the settings. docs/settings.md tells how webhooks, e-mail, an Alertmanager and the desktop are set up.';

/** `bulwark alerts channels|test|undelivered` */
export function registerChannels(alerts: Command, { run, does }: Registrar): void {
  describeCommand(alerts, {
    name: 'channels',
    summary: 'Show where people are told of alerts, and whether that works',
    examples: [['bulwark alerts channels', 'those of your settings, and which of them work']],
  }).action(() => does(() => channels(run)));
  describeCommand(alerts, {
    name: 'test',
    summary: 'Send a test notification',
    more: 'Exits with 0 only when each channel delivered it.',
    examples: [
      ['bulwark alerts test', 'through each channel'],
      ['bulwark alerts test mail', 'through one'],
    ],
  })
    .argument('[CHANNEL]', 'only this one')
    .action((channel: string | undefined) => does(() => test(run, channel)));
  describeCommand(alerts, {
    name: 'undelivered',
    summary: 'Show notifications that could not be delivered, and why',
    examples: [['bulwark alerts undelivered', 'the last 200']],
  }).action(() => does(() => undelivered(run)));
}

async function channels(run: Run): Promise<void> {
  const found = (await run.ask(await run.connect(), 'alert/channels', {})).channels;
  run.result({ channels: found.map(channelJson) });
  if (found.length === 0) run.print(NONE);
  const { now } = viewOf(run);
  for (const { name, kind, target, minimumSeverity, state, waiting } of found) {
    const how =
      state.kind === 'ok'
        ? run.style.green('ok')
        : run.style.red(`failing, first ${formatAge(state.since, now)}: ${printable(state.why)}`);
    const queue = waiting === 0 ? '' : `; ${plural(waiting, 'message')} waiting`;
    const only = minimumSeverity === 'critical' ? '; critical ones only' : '';
    run.print(`${name}: ${how}${queue}`, run.style.dim(`  ${kind} to ${printable(target)}${only}`));
  }
}

async function test(run: Run, channel: string | undefined): Promise<number> {
  const params = channel === undefined ? {} : { channel };
  const { results } = await run.ask(await run.connect(), 'alert/test', params);
  run.result({ results });
  if (results.length === 0) run.print(NONE);
  for (const { channel: name, delivered, why, ms } of results)
    run.print(
      delivered
        ? `${name}: ${run.style.green('delivered')} in ${formatDuration(ms)}`
        : `${name}: ${run.style.red(`not delivered: ${printable(why ?? '')}`)}`,
    );
  return results.length > 0 && results.every(({ delivered }) => delivered) ? EXIT.ok : EXIT.failed;
}

async function undelivered(run: Run): Promise<void> {
  const found = (await run.ask(await run.connect(), 'alert/undelivered', {})).undelivered;
  run.result({
    undelivered: found.map(({ at, toldAt, ...rest }) => ({
      ...rest,
      at: isoTime(at),
      toldAt: isoTime(toldAt),
    })),
  });
  if (found.length === 0) run.print(run.style.green('Everything was delivered, or still waits.'));
  const { now } = viewOf(run);
  for (const { channel, at, why, kind, messages } of found)
    run.print(
      `${formatAge(at, now)}  ${channel}  ${kind}: ${run.style.red(printable(why))}`,
      ...messages.map((text) => run.style.dim(`  ${printable(text)}`)),
    );
}

function channelJson({ state, deliveredAt, ...rest }: ChannelInfo): object {
  return {
    ...rest,
    state: state.kind === 'ok' ? state : { ...state, since: isoTime(state.since) },
    deliveredAt: deliveredAt === null ? null : isoTime(deliveredAt),
  };
}
