import type { Command } from 'commander';
import type { IncidentInfo } from '../../protocol/incident-entities';
import { isoTime } from '../../support/clock';
import { formatAge, formatDuration } from '../format';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';
import { userName } from '../user-name';
import { viewOf } from '../view-context';

/** `bulwark incidents [list [--all]|show ID|close ID]` */
export function registerIncidents(program: Command, registrar: Registrar): void {
  const { run, does } = registrar;
  const incidents = describeCommand(program, {
    name: 'incidents',
    summary: 'What is wrong, put together: cause, consequences, and what was done',
    more: 'Alerts, losses, failed backups and reports that belong together are one incident.',
    examples: [
      ['bulwark incidents', 'those that are not over'],
      ['bulwark incidents --all', 'also those of the past'],
      ['bulwark incidents show 3f2a91c0', 'one, minute by minute'],
    ],
  })
    .option('--all', 'also those that are over, the last 200')
    .action(({ all = false }: { all?: boolean }) => does(() => list(run, all)));
  describeCommand(incidents, {
    name: 'show',
    summary: 'Show an incident with its timeline',
    examples: [['bulwark incidents show 3f2a91c0', 'by its id, or the beginning of it']],
  })
    .argument('<INCIDENT>', 'the beginning of an id')
    .action((incident: string) =>
      does(async () => {
        const found = await run.ask(await run.connect(), 'incident/show', { incident });
        run.result(incidentJson(found));
        run.print(...linesOf(found, run), '', ...timelineOf(found));
      }),
    );
  describeCommand(incidents, {
    name: 'close',
    summary: 'Say that an incident is over',
    more: 'What is still wrong opens another one.',
    examples: [['bulwark incidents close 3f2a91c0 --note "was me"', 'by its id']],
  })
    .argument('<INCIDENT>', 'the beginning of an id')
    .option('--note <text>', 'for those who come later')
    .action((incident: string, { note }: { note?: string }) =>
      does(async () => {
        const params = { incident, by: userName(), ...(note === undefined ? {} : { note }) };
        const closed = await run.ask(await run.connect(), 'incident/close', params);
        run.result(incidentJson(closed));
        run.print(`${run.style.green('Closed')}: ${printable(closed.title)}`);
      }),
    );
}

async function list(run: Run, all: boolean): Promise<void> {
  const { incidents } = await run.ask(await run.connect(), 'incident/list', { withClosed: all });
  run.result({ incidents: incidents.map(incidentJson) });
  if (incidents.length === 0) run.print(run.style.green('Nothing is wrong.'));
  for (const incident of incidents) run.print(...linesOf(incident, run));
}

/** An incident on a line, with what is in it below. */
function linesOf(incident: IncidentInfo, run: Run): string[] {
  const { style, now } = viewOf(run);
  const { id, title, severity, state, openedAt, closedAt, parts } = incident;
  const paint = severity === 'critical' ? style.red : style.yellow;
  const when =
    closedAt === null
      ? `${formatAge(openedAt, now)}${state === 'person' ? ', needs you' : ''}`
      : `${formatAge(openedAt, now)}, over after ${formatDuration(closedAt - openedAt)}`;
  return [
    `${paint(severity.padEnd(8))}  ${style.bold(id)}  ${printable(title)} ${style.dim(`(${when})`)}`,
    ...parts
      .filter(({ role, message }) => role !== 'cause' || message !== title)
      .map(
        ({ role, message, endedAt }) =>
          `          ${role === 'consequence' ? '└' : '·'} ${printable(message)}${endedAt === null ? '' : style.dim(' (over)')}`,
      ),
  ];
}

function timelineOf({ timeline }: IncidentInfo): string[] {
  return timeline.map(({ at, text }) => `  ${isoTime(at).slice(11, 19)}  ${printable(text)}`);
}

/** An incident as commands print it. */
function incidentJson(incident: IncidentInfo): object {
  const { openedAt, closedAt, parts, timeline, ...rest } = incident;
  return {
    ...rest,
    openedAt: isoTime(openedAt),
    closedAt: closedAt === null ? null : isoTime(closedAt),
    parts: parts.map(({ since, endedAt, ...part }) => ({
      ...part,
      since: isoTime(since),
      endedAt: endedAt === null ? null : isoTime(endedAt),
    })),
    timeline: timeline.map(({ at, text }) => ({ at: isoTime(at), text })),
  };
}
