import type {
  AlertInfo,
  ComponentInfo,
  HealthStatus,
  WorktreeHealth,
} from '../protocol/health-entities';
import { displayPath, formatAge, formatBytes, formatDuration, plural, shortId } from './format';
import type { ViewContext } from './snapshot-view';
import { printable, type Style } from './style';
import { tableLines } from './table';
import { worktreeNotes } from './worktree-notes';

/** Everything on one screen: the worst first. */
export function healthLines(status: HealthStatus, view: ViewContext): string[] {
  const { worktrees, components, alerts } = status;
  const lines = [headline(status, view.style), ...machineLines(status, view), ''];
  if (alerts.length > 0) lines.push(...alertLines(alerts, view), '');
  if (worktrees.length > 0) lines.push(...worktreeTable(worktrees, view), '');
  if (components.length > 0) lines.push(...componentTable(components, view), '');
  return lines.slice(0, -1);
}

function headline({ worst, alerts }: HealthStatus, style: Style): string {
  const told = alerts.filter(({ severity }) => severity !== 'info').length;
  switch (worst) {
    case 'ok':
    case 'info':
      return `${style.green('Healthy')}: nothing needs you`;
    case 'warning':
      return `${style.yellow('Warning')}: ${plural(told, 'alert')}`;
    case 'critical':
      return `${style.red('Critical')}: ${plural(told, 'alert')}`;
  }
}

function machineLines({ machine, agent }: HealthStatus, view: ViewContext): string[] {
  const { style } = view;
  if (machine === null) return [style.dim('The machine is being measured.')];
  const { cpu, memoryTotalBytes, memoryAvailableBytes, disks } = machine;
  const parts = [];
  if (cpu !== null) parts.push(`CPU ${percent(cpu)}`);
  if (memoryTotalBytes !== null && memoryAvailableBytes !== null)
    parts.push(
      `memory ${percent(1 - memoryAvailableBytes / memoryTotalBytes)}, ${formatBytes(memoryAvailableBytes)} left`,
    );
  for (const { path, freeBytes } of disks)
    parts.push(`${formatBytes(freeBytes)} free on the disk of ${displayPath(path, view.homedir)}`);
  if (agent !== null) parts.push(`agent ${formatBytes(agent.rssBytes)}`);
  return [style.dim(parts.join('; '))];
}

/** Alerts, each with what can be done; what follows from another stands below it. */
export function alertLines(alerts: readonly AlertInfo[], view: ViewContext): string[] {
  const shown = new Set(alerts.map(({ id }) => id));
  const following = new Map<string, AlertInfo[]>();
  const first: AlertInfo[] = [];
  for (const alert of alerts) {
    const { inhibitedBy: cause } = alert;
    if (cause === null || !shown.has(cause)) first.push(alert);
    else following.set(cause, [...(following.get(cause) ?? []), alert]);
  }
  const told = new Set<string>();
  const linesOf = (alert: AlertInfo, depth: number): string[] => {
    if (told.has(alert.id)) return [];
    told.add(alert.id);
    const below = following.get(alert.id) ?? [];
    return [
      ...linesOfAlert(alert, depth, view),
      ...below.flatMap((consequence) => linesOf(consequence, depth + 1)),
    ];
  };
  // Two that follow from each other have no first one.
  return [...first, ...alerts].flatMap((alert) => linesOf(alert, 0));
}

function linesOfAlert(alert: AlertInfo, depth: number, view: ViewContext): string[] {
  const { id, severity, message, hint, startsAt } = alert;
  const marks = marksOf(alert);
  const head =
    `${severityText(severity, view.style)}  ${view.style.bold(shortId(id).slice(0, 6))}  ` +
    `${depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `}${printable(message)} ` +
    view.style.dim(`(${formatAge(startsAt, view.now)}${marks === '' ? '' : `; ${marks}`})`);
  // What to do about a consequence is what to do about its cause.
  return alert.state === 'resolved' || depth > 0
    ? [head]
    : [head, `${' '.repeat(18)}${view.style.dim(hint)}`];
}

function marksOf(alert: AlertInfo): string {
  const marks: string[] = [];
  if (alert.state !== 'firing') marks.push(alert.state === 'resolved' ? 'over' : alert.state);
  if (alert.unknown) marks.push('nobody can tell just now');
  if (alert.acknowledged !== null)
    marks.push(`acknowledged by ${printable(alert.acknowledged.by)}`);
  if (alert.silencedBy !== null) marks.push(`silenced (${alert.silencedBy})`);
  if (alert.inhibitedBy !== null) marks.push(`follows from ${alert.inhibitedBy.slice(0, 6)}`);
  if (alert.flapping) marks.push('flapping');
  return marks.join(', ');
}

function severityText(severity: AlertInfo['severity'], style: Style): string {
  const text = severity.padEnd(8);
  return severity === 'critical'
    ? style.red(text)
    : severity === 'warning'
      ? style.yellow(text)
      : text;
}

function worktreeTable(worktrees: readonly WorktreeHealth[], view: ViewContext): string[] {
  const rows = worktrees.map((one) => [
    displayPath(one.path, view.homedir),
    one.branch ?? (one.detached ? 'detached' : '-'),
    [one.state, ...worktreeNotes(one, view.now)].join(', '),
    one.newestAt === null ? 'never' : formatAge(one.newestAt, view.now),
    one.alerts === 0 ? view.style.green('ok') : view.style.yellow(plural(one.alerts, 'alert')),
  ]);
  const columns = ['WORKTREE', 'BRANCH', 'STATE', 'KEPT', 'HEALTH'].map((head) => ({ head }));
  return tableLines(columns, rows, view.style);
}

/** Components with their states in words. */
export function componentTable(components: readonly ComponentInfo[], view: ViewContext): string[] {
  const rows = components.map((one) => [
    one.id,
    one.kind,
    stateText(one, view.style),
    formatAge(one.since, view.now),
    one.uptime === undefined || one.uptime.ofMs === 0
      ? '-'
      : percent(one.uptime.upMs / one.uptime.ofMs),
    responseText(one.checks),
    one.checks.count === 0 ? '-' : percent(one.checks.errorRate),
    one.checks.perSecond == null ? '-' : (60 * one.checks.perSecond).toFixed(1),
    one.kind === 'process' ? String(one.restarts) : '-',
    one.pid === null ? '-' : String(one.pid),
  ]);
  const columns = [
    'COMPONENT',
    'KIND',
    'STATE',
    'SINCE',
    'UPTIME',
    'P50/P95/P99',
    'ERRORS',
    'CHECKS/MIN',
    'RESTARTS',
    'PID',
  ];
  return tableLines(
    columns.map((head) => ({ head })),
    rows,
    view.style,
  );
}

/** The percentiles of the response time, in one column. */
function responseText({ p50Ms, p95Ms, p99Ms }: ComponentInfo['checks']): string {
  if (p50Ms === null || p95Ms === null || p99Ms === null) return '-';
  return [p50Ms, p95Ms, p99Ms].map(formatDuration).join(' / ');
}

/** How a component is, and why. */
export function stateText({ state }: ComponentInfo, style: Style): string {
  switch (state.kind) {
    case 'up':
      return style.green('up');
    case 'down':
    case 'failed':
      return `${style.red(state.kind)}: ${printable(state.why)}`;
    case 'backing-off':
      return `${style.yellow('restarting')}: ${printable(state.why)}`;
    case 'stopped':
    case 'unknown':
      return `${state.kind}: ${printable(state.why)}`;
    case 'waiting':
      return `waiting for ${state.for.join(', ')}`;
    case 'unapproved':
      return style.yellow('waits for your approval');
    case 'starting':
    case 'stopping':
      return state.kind;
  }
}

function percent(part: number): string {
  return `${String(Math.round(part * 100))} %`;
}
