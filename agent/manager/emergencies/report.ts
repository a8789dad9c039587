import { isoTime } from '../../support/clock';
import { ACTION_WORDS } from './actions';
import { TRIGGER_FACTS, type EmergencyRecord } from './emergency';

/** Words of the levels. */
const LEVELS = { 1: 'elevated', 2: 'high', 3: 'extreme' } as const;

/** Name of the file with the report of an emergency. */
export function reportName({ id, openedAt }: EmergencyRecord): string {
  return `${isoTime(openedAt).slice(0, 10)}-${id}.md`;
}

/** The report of an emergency, as Markdown: what was found, what was done, minute by minute. */
export function reportText(emergency: EmergencyRecord): string {
  const { id, trigger, level, message, evidence, openedAt, endedAt } = emergency;
  const { title, hint } = TRIGGER_FACTS[trigger];
  return [
    `# Emergency ${id}: ${title}`,
    '',
    message,
    '',
    `- Began: ${isoTime(openedAt)}`,
    `- ${endedAt === null ? 'Not over' : `Over: ${isoTime(endedAt)}, after ${seconds(endedAt - openedAt)}`}`,
    `- Level: ${String(level)} (${LEVELS[level]})`,
    ...(endedAt === null ? [`- What to do: ${hint}`] : []),
    '',
    '## What it was decided from',
    '',
    ...evidence.map((text) => `- ${text}`),
    '',
    '## What was done',
    '',
    ...stepLines(emergency),
    ...isolatedLines(emergency),
    '',
    '## Minute by minute',
    '',
    ...emergency.timeline.map(({ at, text }) => `- ${isoTime(at)} ${text}`),
    '',
  ].join('\n');
}

function stepLines({ steps }: EmergencyRecord): string[] {
  if (steps.length === 0) return ['Nothing yet.'];
  return steps.flatMap(({ action, level, at, endedAt, outcome, text, details }) => [
    `- ${isoTime(at)}, level ${String(level)}, ${ACTION_WORDS[action]}: ${outcome === 'running' ? 'under way' : `${outcome}, ${text}`}${endedAt === null ? '' : ` (${seconds(endedAt - at)})`}`,
    ...details.map((line) => `  - ${line}`),
  ]);
}

function isolatedLines({ isolated }: EmergencyRecord): string[] {
  if (isolated.length === 0) return [];
  return [
    '',
    '## What was isolated',
    '',
    ...isolated.map(({ kind, id, name, since, until }) =>
      kind === 'component'
        ? `- ${name}: stopped at ${isoTime(since)}; start it with: bulwark components start ${id}`
        : `- ${name}: not watched from ${isoTime(since)} ${until === null ? 'on' : `to ${isoTime(until)}`}`,
    ),
  ];
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 1000))} s`;
}
