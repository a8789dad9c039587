import type { PeriodReportInfo } from '../../agent/protocol/report-methods';
import { byteSize, count, moment } from '../format';
import { displayName } from '../names';

/** So many components and causes are listed. */
const SHOWN = 20;

/** How a time was, as Markdown. @param now ms since 1970 */
export function reportText(report: PeriodReportInfo, days: number, now: number): string {
  const { from, to, observedMs, incidents, recoveries, emergencies, partial } = report;
  const known = (what: (typeof partial)[number], text: string): string =>
    partial.includes(what) ? `more than ${text}` : text;
  const alerts = report.alerts.reduce((total, one) => total + one.count, 0);
  const lines = [
    `# The last ${days} days`,
    '',
    `From ${moment(from, now)} to ${moment(to, now)}. Bulwark ran for ${stretch(observedMs)} of that time.`,
    '',
    ...table(
      ['', ''],
      [
        ['Availability', `${percent(report.availability)} of ${components(report)}`],
        ['Incidents', known('incidents', incidentWords(incidents))],
        ['Mean time between failures', stretch(incidents.mtbfMs)],
        ['Mean time to recovery', stretch(incidents.mttrMs)],
        ['Emergencies', String(emergencies)],
        ['Recoveries', known('recoveries', recoveryWords(recoveries))],
        ['Alerts', known('alerts', String(alerts))],
        ...backupRows(report, now),
        ...storeRows(report),
      ],
    ),
  ];
  const down = report.components.filter(({ ratio }) => ratio < 1).slice(0, SHOWN);
  if (down.length > 0)
    lines.push(
      '',
      '## What was down',
      '',
      ...table(
        ['Component', 'Availability', 'Measured for'],
        down.map(({ of, ratio, measuredMs }) => [plain(of), percent(ratio), stretch(measuredMs)]),
      ),
    );
  if (report.alerts.length > 0)
    lines.push(
      '',
      '## What was wrong',
      '',
      ...table(
        ['Alert', 'Times', 'Fault'],
        report.alerts
          .slice(0, SHOWN)
          .map(({ title, fault, count: times }) => [plain(title), String(times), plain(fault)]),
      ),
    );
  if (partial.length > 0)
    lines.push('', `Of ${partial.join(', ')} only the last 200 are kept; there were more.`);
  return `${lines.join('\n')}\n`;
}

function components({ components: all }: PeriodReportInfo): string {
  return count(all.length, 'component');
}

function incidentWords({ count: all, critical, open }: PeriodReportInfo['incidents']): string {
  return all === 0 ? 'none' : `${all}: ${critical} critical, ${open} open`;
}

function recoveryWords(recoveries: PeriodReportInfo['recoveries']): string {
  const { count: all, healed, cleared, failed, open, success, meanMs } = recoveries;
  if (all === 0) return 'none';
  const helped = success === null ? '' : `; ${percent(success)} helped, after ${stretch(meanMs)}`;
  return `${all}: ${healed} healed, ${cleared} went away, ${failed} failed, ${open} open${helped}`;
}

function backupRows({ backups, drill }: PeriodReportInfo, now: number): string[][] {
  const failed = backups.failed === 0 ? '' : `; ${backups.failed} failed`;
  const drilled =
    drill === null
      ? 'none yet'
      : `${moment(drill.at, now)}: ${drill.ok ? 'everything came back' : 'not everything came back'}`;
  return [
    ['Snapshots', String(backups.snapshots)],
    ['Backups', `${backups.backups}${failed}`],
    ['Restores', String(backups.restores)],
    ['Last drill', drilled],
  ];
}

function storeRows({ storage }: PeriodReportInfo): string[][] {
  const { atFirst, atLast, bytesPerDay, freeBytes, fullInMs } = storage;
  if (atFirst === null || atLast === null) return [['Store', 'not measured']];
  const full = fullInMs === null ? '' : `; full in ${stretch(fullInMs)} if it goes on like this`;
  return [
    ['Store', `${byteSize(atLast)}, ${change(atLast - atFirst)} in this time`],
    ['Growth', bytesPerDay === null ? 'no trend yet' : `${change(bytesPerDay)} a day`],
    ['Free on its disk', freeBytes === null ? 'not known' : `${byteSize(freeBytes)}${full}`],
  ];
}

function change(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${byteSize(Math.round(Math.abs(bytes)))}`;
}

/** What is not whole never looks like it when it is rounded. */
function percent(ratio: number | null): string {
  return ratio === null ? 'not measured' : `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`;
}

const UNITS = [
  { ms: 86_400_000, one: 'day' },
  { ms: 3_600_000, one: 'hour' },
  { ms: 60_000, one: 'minute' },
] as const;

/** A stretch of time in its largest unit that fits: `3 days`, `1.5 hours`. */
function stretch(ms: number | null): string {
  if (ms === null) return 'not known';
  const unit = UNITS.find((one) => ms >= one.ms) ?? { ms: 1000, one: 'second' };
  const value = ms / unit.ms;
  const shown = value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return `${shown.toLocaleString('en')} ${unit.one}${shown === 1 ? '' : 's'}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** A name that is no Markdown. */
function plain(name: string): string {
  return displayName(name).replaceAll(/[\\`*_{}[\]<>()#+!|~$&-]/g, '\\$&');
}
