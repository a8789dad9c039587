import type { Command } from 'commander';
import type { PeriodReportInfo } from '../../protocol/report-methods';
import { isoTime } from '../../support/clock';
import { usageError } from '../failure';
import { formatAge, formatBytes, formatDuration, formatUptime, plural } from '../format';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';
import { viewOf } from '../view-context';

const DAY_MS = 24 * 3_600_000;
const WEEK_DAYS = 7;
const MONTH_DAYS = 30;
/** So many components and causes are shown. */
const SHOWN = 10;

/** `bulwark report [--week|--month]` */
export function registerReport(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'report',
    summary: 'How the last week or month was: availability, failures, backups, growth',
    more: 'It is made of what is kept already; nothing is measured for it.',
    examples: [
      ['bulwark report', 'the last 7 days'],
      ['bulwark report --month', 'the last 30 days'],
    ],
  })
    .option('--week', 'the last 7 days (unless told)')
    .option('--month', 'the last 30 days')
    .action(({ week, month }: { week?: boolean; month?: boolean }) =>
      does(async () => {
        if (week === true && month === true)
          throw usageError('--week and --month exclude each other', 'Use one of them.');
        const { now } = viewOf(run);
        const days = month === true ? MONTH_DAYS : WEEK_DAYS;
        const report = await run.ask(await run.connect(), 'manager/report', {
          from: now - days * DAY_MS,
          to: now,
        });
        run.result(reportJson(report));
        run.print(...linesOf(report, days, run));
      }),
    );
}

function linesOf(report: PeriodReportInfo, days: number, run: Run): string[] {
  const { style, now } = viewOf(run);
  const { observedMs, incidents, recoveries, backups, drill, emergencies, partial } = report;
  const drilled =
    drill === null
      ? 'no drill yet'
      : `last drill ${drill.ok ? 'succeeded' : style.red('failed')} ${formatAge(drill.at, now)}`;
  return [
    style.bold(`The last ${String(days)} days`) +
      style.dim(`, in which Bulwark ran for ${formatUptime(observedMs)}`),
    line(
      'Availability',
      `${percent(report.availability)} of ${plural(report.components.length, 'component')}`,
    ),
    ...report.components
      .slice(0, SHOWN)
      .filter(({ ratio }) => ratio < 1)
      .map(({ of, ratio }) => `              ${percent(ratio)} ${printable(of)}`),
    line(
      'Incidents',
      `${count(incidents.count, partial.includes('incidents'))}, ${String(incidents.critical)} critical, ${String(incidents.open)} open; ` +
        `one each ${time(incidents.mtbfMs)} (MTBF), over after ${time(incidents.mttrMs)} (MTTR)`,
    ),
    line('Emergencies', String(emergencies)),
    line(
      'Recoveries',
      `${count(recoveries.count, partial.includes('recoveries'))}: ${String(recoveries.healed)} healed, ${String(recoveries.cleared)} went away, ` +
        `${String(recoveries.failed)} failed, ${String(recoveries.open)} open; ${percent(recoveries.success)} helped, in ${time(recoveries.meanMs)}`,
    ),
    line('Alerts', count(sum(report.alerts), partial.includes('alerts'))),
    ...report.alerts
      .slice(0, SHOWN)
      .map(
        ({ title, fault, count: times }) =>
          `              ${String(times)} × ${title} ${style.dim(`(${fault})`)}`,
      ),
    line(
      'Backups',
      `${plural(backups.snapshots, 'snapshot')}, ${plural(backups.backups, 'backup')}, ${String(backups.failed)} failed; ` +
        `${plural(backups.restores, 'restore')}; ${drilled}`,
    ),
    line('Store', growthText(report.storage)),
    ...(partial.length === 0
      ? []
      : [style.dim(`Of ${partial.join(', ')} only the last 200 are kept; there were more.`)]),
  ];
}

function line(name: string, text: string): string {
  return `${name.padEnd(13)} ${text}`;
}

function growthText({
  atLast,
  atFirst,
  bytesPerDay,
  freeBytes,
  fullInMs,
}: PeriodReportInfo['storage']): string {
  if (atLast === null || atFirst === null) return 'not measured';
  const grown = atLast - atFirst;
  const by = `${grown < 0 ? '−' : '+'}${formatBytes(Math.abs(grown))}`;
  const trend =
    bytesPerDay === null
      ? 'no trend yet'
      : `${bytesPerDay < 0 ? '−' : '+'}${formatBytes(Math.abs(bytesPerDay))} a day`;
  const free = freeBytes === null ? '' : `; ${formatBytes(freeBytes)} are free on its disk`;
  const full =
    fullInMs === null ? '' : `, which is full in ${formatUptime(fullInMs)} if it goes on like this`;
  return `${formatBytes(atLast)} (${by}), ${trend}${free}${full}`;
}

function percent(ratio: number | null): string {
  // What is not whole never looks like it when it is rounded.
  return ratio === null ? '–' : `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`;
}

function time(ms: number | null): string {
  return ms === null ? '–' : formatDuration(ms);
}

function count(number: number, isPartial: boolean): string {
  return `${isPartial ? 'more than ' : ''}${String(number)}`;
}

function sum(alerts: PeriodReportInfo['alerts']): number {
  return alerts.reduce((total, one) => total + one.count, 0);
}

/** A report as the command prints it. */
function reportJson({ from, to, drill, ...rest }: PeriodReportInfo): object {
  return {
    from: isoTime(from),
    to: isoTime(to),
    ...rest,
    drill: drill === null ? null : { ...drill, at: isoTime(drill.at) },
  };
}
