import { InvalidArgumentError, type Command } from 'commander';
import type { ParamsOf } from '../../protocol/methods';
import { isoTime } from '../../support/clock';
import { usageError } from '../failure';
import { formatDuration } from '../format';
import { alertJson, silenceJson } from '../health-json';
import { alertLines } from '../health-view';
import { registerChannels } from './alert-channels';
import { registerRules } from './alert-rules';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';
import { userName } from '../user-name';
import { viewOf } from '../view-context';

const HOUR = 3_600_000;

/** `bulwark alerts [list|ack|silence|unsilence|resolve|channels|test|undelivered]` */
export function registerAlerts(program: Command, registrar: Registrar): void {
  const { run, does } = registrar;
  const alerts = describeCommand(program, {
    name: 'alerts',
    summary: 'Show what is wrong, and say what you know of it',
    examples: [
      ['bulwark alerts', 'what is wrong now'],
      ['bulwark alerts ack 3f2a91 --note "disk is ordered"', 'no reminders for 4 h'],
      ['bulwark alerts silence --fault "component.*" --for 2 --reason upgrade', 'for two hours'],
    ],
  }).action(() => does(() => list(run, false)));
  describeCommand(alerts, {
    name: 'list',
    summary: 'Show what is wrong',
    examples: [['bulwark alerts list --all', 'also what is over']],
  })
    .option('--all', 'also the last ones that are over')
    .action(({ all = false }: { all?: boolean }) => does(() => list(run, all)));
  describeCommand(alerts, {
    name: 'ack',
    summary: 'Say that you have seen an alert',
    more: 'No reminders for 4 h, unless it becomes worse.',
    examples: [['bulwark alerts ack 3f2a91', 'by the beginning of its id']],
  })
    .argument('<ALERT>', 'the beginning of an id')
    .option('--note <text>', 'for those who come later')
    .action((alert: string, { note }: { note?: string }) =>
      does(async () => {
        const params = { alert, by: userName(), ...(note === undefined ? {} : { note }) };
        const known = await run.ask(await run.connect(), 'alert/acknowledge', params);
        run.result(alertJson(known));
        run.print(`${run.style.green('Acknowledged')}: ${printable(known.message)}`);
      }),
    );
  registerSilence(alerts, registrar);
  describeCommand(alerts, {
    name: 'resolve',
    summary: 'End an alert by hand',
    more: 'A fault that is still there comes back with the next look.',
    examples: [['bulwark alerts resolve 3f2a91', 'by the beginning of its id']],
  })
    .argument('<ALERT>', 'the beginning of an id')
    .action((alert: string) =>
      does(async () => {
        const over = await run.ask(await run.connect(), 'alert/resolve', { alert });
        run.result(alertJson(over));
        run.print(`${run.style.green('Over')}: ${printable(over.message)}`);
      }),
    );
  registerRules(alerts, registrar);
  registerChannels(alerts, registrar);
}

async function list(run: Run, all: boolean): Promise<void> {
  const client = await run.connect();
  const { alerts, silences } = await run.ask(client, 'alert/list', { withResolved: all });
  run.result({ alerts: alerts.map(alertJson), silences: silences.map(silenceJson) });
  const view = viewOf(run);
  if (alerts.length === 0) run.print(run.style.green('Nothing is wrong.'));
  run.print(...alertLines(alerts, view));
  for (const { id, matchers, author, reason, endsAt } of silences) {
    const what = matchers.map(({ label, value }) => `${label}=${value}`).join(' ');
    run.print(
      run.style.dim(
        `silence ${id}: ${printable(`${what} by ${author}, ${reason}`)}; ${formatDuration(Math.max(0, endsAt - view.now))} left`,
      ),
    );
  }
}

interface SilenceOptions {
  readonly fault?: string;
  readonly subject?: string;
  readonly id?: string;
  readonly for: number;
  readonly reason: string;
}

function registerSilence(parent: Command, { run, does }: Registrar): void {
  describeCommand(parent, {
    name: 'silence',
    summary: 'Have no notifications of some alerts for a while',
    more: 'The alerts are still shown. All that is given must match; * stands for anything.',
    examples: [
      ['bulwark alerts silence --id 3f2a91c0d4e5f607 --for 8 --reason "known"', 'one alert'],
      ['bulwark alerts silence --subject "app/*" --for 1 --reason upgrade', 'components of app'],
    ],
  })
    .option('--fault <fault>', 'kind of fault, as component.down')
    .option('--subject <name>', 'path of a worktree, or id of a component')
    .option('--id <id>', 'whole id of an alert')
    .option('--for <hours>', 'for so long, up to 24; parts are fine', hours, 1)
    .requiredOption('--reason <text>', 'why')
    .action((options: SilenceOptions) =>
      does(async () => {
        const matchers = matchersOf(options);
        if (matchers.length === 0)
          throw usageError('what to silence is missing', 'Give --fault, --subject or --id.');
        const silence = await run.ask(await run.connect(), 'alert/silence', {
          matchers,
          by: userName(),
          reason: options.reason,
          forMs: options.for * HOUR,
        });
        run.result(silenceJson(silence));
        run.print(
          `${run.style.green('Silenced')} until ${isoTime(silence.endsAt)}; end it before with: bulwark alerts unsilence ${silence.id}`,
        );
      }),
    );
  describeCommand(parent, {
    name: 'unsilence',
    summary: 'End a silence before its time',
    examples: [['bulwark alerts unsilence 1c9a02ff', 'by its id, as the list shows it']],
  })
    .argument('<SILENCE>', 'id of a silence')
    .action((silence: string) =>
      does(async () => {
        await run.ask(await run.connect(), 'alert/endSilence', { silence });
        run.result({ silence });
        run.print('The silence is over');
      }),
    );
}

function matchersOf({ fault, subject, id }: SilenceOptions): ParamsOf<'alert/silence'>['matchers'] {
  const matchers: ParamsOf<'alert/silence'>['matchers'] = [];
  if (fault !== undefined) matchers.push({ label: 'fault', value: fault });
  if (subject !== undefined) matchers.push({ label: 'subject', value: subject });
  if (id !== undefined) matchers.push({ label: 'fingerprint', value: id });
  return matchers;
}

function hours(text: string): number {
  const value = Number(text);
  // The wire counts whole milliseconds, and a minute at least.
  if (!(value >= 1 / 60 && value <= 24)) throw new InvalidArgumentError('It must be 0.02 to 24.');
  return Math.round(value * HOUR) / HOUR;
}
