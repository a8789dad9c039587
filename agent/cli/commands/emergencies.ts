import type { Command } from 'commander';
import type { EmergencyInfo } from '../../protocol/emergency-entities';
import { isoTime } from '../../support/clock';
import { displayPath, formatAge, formatDuration } from '../format';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';
import { userName } from '../user-name';
import { viewOf } from '../view-context';

/** `bulwark emergencies [list [--all]|show ID|end ID]` */
export function registerEmergencies(program: Command, registrar: Registrar): void {
  const { run, does } = registrar;
  const emergencies = describeCommand(program, {
    name: 'emergencies',
    summary: 'Emergencies: what was found, what was done, and the reports',
    more: 'Several critical incidents at once, files that disappear in several worktrees, a full disk, a damaged store, no memory.',
    examples: [
      ['bulwark emergencies', 'those that are not over'],
      ['bulwark emergencies --all', 'also those of the past'],
      ['bulwark emergencies show 3f2a91c0', 'the report of one'],
    ],
  })
    .option('--all', 'also those that are over, the last 100')
    .action(({ all = false }: { all?: boolean }) => does(() => list(run, all)));
  describeCommand(emergencies, {
    name: 'show',
    summary: 'Show the report of an emergency',
    examples: [['bulwark emergencies show 3f2a91c0', 'by its id, or the beginning of it']],
  })
    .argument('<EMERGENCY>', 'the beginning of an id')
    .action((emergency: string) =>
      does(async () => {
        const found = await run.ask(await run.connect(), 'emergency/show', { emergency });
        run.result(emergencyJson(found));
        run.print(lineOf(found, run), ...reportOf(found, run));
      }),
    );
  describeCommand(emergencies, {
    name: 'end',
    summary: 'Say that an emergency is over',
    more: 'Nothing more is done about it unless it becomes worse.',
    examples: [['bulwark emergencies end 3f2a91c0 --note "was me"', 'by its id']],
  })
    .argument('<EMERGENCY>', 'the beginning of an id')
    .option('--note <text>', 'for those who come later')
    .action((emergency: string, { note }: { note?: string }) =>
      does(async () => {
        const params = { emergency, by: userName(), ...(note === undefined ? {} : { note }) };
        const ended = await run.ask(await run.connect(), 'emergency/end', params);
        run.result(emergencyJson(ended));
        run.print(`${run.style.green('Over')}: ${printable(ended.title)}`);
      }),
    );
}

async function list(run: Run, all: boolean): Promise<void> {
  const { emergencies } = await run.ask(await run.connect(), 'emergency/list', { withOver: all });
  run.result({ emergencies: emergencies.map(emergencyJson) });
  if (emergencies.length === 0) run.print(run.style.green('There is no emergency.'));
  for (const emergency of emergencies) run.print(lineOf(emergency, run));
}

function lineOf(emergency: EmergencyInfo, run: Run): string {
  const { style, now } = viewOf(run);
  const { id, level, state, message, openedAt, endedAt } = emergency;
  const paint = state === 'over' ? style.dim : style.red;
  const over = endedAt === null ? '' : `, over after ${formatDuration(endedAt - openedAt)}`;
  return `${paint(`level ${String(level)}`)}  ${style.bold(id)}  ${printable(message)} ${style.dim(`(${formatAge(openedAt, now)}${over})`)}`;
}

function reportOf(
  { evidence, hint, state, steps, isolated, timeline, report }: EmergencyInfo,
  run: Run,
): string[] {
  const { homedir } = viewOf(run);
  return [
    ...(state === 'active' ? [`  ${printable(hint)}`] : []),
    '',
    'Found',
    ...evidence.map((text) => `  ${printable(text)}`),
    '',
    'Done',
    ...steps.flatMap(({ action, outcome, text, details }) => [
      `  ${WORDS[action]}: ${outcome === 'running' ? 'under way' : `${outcome}, ${printable(text)}`}`,
      ...details.map((line) => `    ${printable(line)}`),
    ]),
    ...(isolated.length === 0 ? [] : ['', 'Isolated']),
    ...isolated.map(
      ({ kind, name, until }) =>
        `  ${printable(name)} ${kind === 'component' ? '(stopped)' : until === null ? '(not watched)' : '(watched again)'}`,
    ),
    '',
    ...timeline.map(({ at, text }) => `  ${isoTime(at).slice(11, 19)}  ${printable(text)}`),
    '',
    `Report: ${printable(displayPath(report, homedir))}`,
  ];
}

const WORDS: Readonly<Record<EmergencyInfo['steps'][number]['action'], string>> = {
  emergencyBackup: 'emergency backup',
  componentIsolation: 'isolation',
  administratorAlert: 'alert',
  systemShutdown: 'shutdown',
};

/** An emergency as commands print it. */
function emergencyJson(emergency: EmergencyInfo): object {
  const { openedAt, levelSince, endedAt, steps, isolated, timeline, ...rest } = emergency;
  return {
    ...rest,
    openedAt: isoTime(openedAt),
    levelSince: isoTime(levelSince),
    endedAt: isoOrNull(endedAt),
    steps: steps.map(({ at, endedAt: end, ...step }) => ({
      ...step,
      at: isoTime(at),
      endedAt: isoOrNull(end),
    })),
    isolated: isolated.map(({ since, until, ...one }) => ({
      ...one,
      since: isoTime(since),
      until: isoOrNull(until),
    })),
    timeline: timeline.map(({ at, text }) => ({ at: isoTime(at), text })),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : isoTime(at);
}
