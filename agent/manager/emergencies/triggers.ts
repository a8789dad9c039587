import { resolve } from 'node:path';
import { MANY_DELETIONS } from '../../protection/loss/loss';
import type { IncidentPart, IncidentRecord } from '../incidents/incident';
import { alertKey, lossKey } from '../incidents/signals';
import type { Danger, Level, Suspect } from './emergency';
import type { AlertView, ComponentView, KnownLoss, Signs } from './signs';

export interface TriggerSettings {
  /** So many critical incidents at once are an emergency … */
  readonly criticalIncidents: number;
  /** … and mass deletions in so many worktrees; each if it began within this time of the others, ms. */
  readonly massDeletionWorktrees: number;
  readonly withinMs: number;
}

/** Part of the memory below which little is left, and very little. */
const MEMORY_LEFT = 0.05;
const MEMORY_AT_END = 0.02;
/** A source floods the store with at least so much: bytes, or this part of a smaller disk. */
const FLOOD_BYTES = 1024 ** 3;
const FLOOD_PART = 1 / 20;

/** What of all that is wrong just now is an emergency. What explains another one comes first. */
export function dangersIn(signs: Signs, settings: TriggerSettings): Danger[] {
  const explained = new Set<string>();
  return [
    ...massDeletion(signs, settings, explained),
    ...fullDisks(signs, explained),
    ...damagedStore(signs, explained),
    ...littleMemory(signs, explained),
    ...criticalIncidents(signs, settings, explained),
  ];
}

/** Many files, or whole folders, that are gone in more than one worktree within a short time. */
function massDeletion(
  { losses, incidents, components, sources }: Signs,
  { massDeletionWorktrees, withinMs }: TriggerSettings,
  explained: Set<string>,
): Danger[] {
  const since = new Map(openParts(incidents).map(({ key, since }) => [key, since]));
  const kept = new Set(sources.map(({ id }) => id));
  const found = losses.flatMap((loss) => {
    const { id, path } = loss.record.source;
    // A worktree that git was told to remove is one no more, unlike one whose folder is gone.
    if (loss.kind === 'folder' && !kept.has(id)) {
      explained.add(lossKey(id));
      return [];
    }
    const at = since.get(lossKey(id));
    // One that a person has called over, by closing its incident, counts no more.
    return at === undefined || !isMass(loss) ? [] : [{ id, path, at, loss }];
  });
  const together = largestGroup(found, withinMs);
  if (together.length < massDeletionWorktrees) return [];
  for (const { id } of together) explained.add(lossKey(id));
  const places = together.map(({ path }) => path);
  return [
    {
      key: 'mass-deletion',
      trigger: 'mass-deletion',
      level: together.length > massDeletionWorktrees ? 2 : 1,
      message: `Files disappeared in ${String(together.length)} worktrees: ${named(places)}`,
      evidence: together.map(({ path, loss }) => `${path}: ${lossText(loss)}`),
      atRisk: null,
      suspects: components
        .filter((one) => isRunByAgent(one) && places.some((path) => isIn(folderOf(one), path)))
        .map((one) => suspect(one, `it runs in ${folderOf(one)}, where files disappeared`)),
    },
  ];
}

function isMass({ kind, lost }: KnownLoss): boolean {
  return kind === 'folder' || kind === 'deleted' || (kind === 'reverted' && lost >= MANY_DELETIONS);
}

function lossText({ kind, lost }: KnownLoss): string {
  switch (kind) {
    case 'folder':
      return `the folder is gone, with ${String(lost)} files`;
    case 'reverted':
      return `uncommitted changes of ${String(lost)} files are gone`;
    default:
      return `${String(lost)} files were deleted at once`;
  }
}

/** Each disk for itself: what lies on it, and everything where the store does. */
function fullDisks(
  { alerts, machine, home, sources, traffic }: Signs,
  explained: Set<string>,
): Danger[] {
  const bySubject = new Map<string, AlertView[]>();
  for (const alert of alerts) {
    if (alert.fault !== 'machine.disk-critical' && alert.fault !== 'machine.disk-filling-fast')
      continue;
    explained.add(alertKey(alert.fingerprint));
    bySubject.set(alert.subject.id, [...(bySubject.get(alert.subject.id) ?? []), alert]);
  }
  return [...bySubject].map(([subject, found]): Danger => {
    const worst = found.find(({ fault }) => fault === 'machine.disk-critical') ?? found[0];
    const disk = machine?.disks.find(({ path }) => subject === `disk ${path}`);
    const on = new Set(disk?.paths);
    const hasStore = disk === undefined || on.has(home);
    return {
      key: subject,
      trigger: 'disk-nearly-full',
      level: worst?.fault === 'machine.disk-critical' ? 2 : 1,
      message: worst?.message ?? subject,
      evidence: found.map(({ message }) => message),
      atRisk: hasStore ? null : sources.filter(({ path }) => on.has(path)).map(({ id }) => id),
      suspects: hasStore ? flooding(traffic, sources.length, disk?.totalBytes ?? Infinity) : [],
    };
  });
}

/** The source that brings more into the store than all others together: without it they can still be kept. */
function flooding(traffic: Signs['traffic'], sources: number, diskBytes: number): Suspect[] {
  const [first] = traffic;
  const total = traffic.reduce((sum, { bytes }) => sum + bytes, 0);
  if (first === undefined || sources < 2 || first.bytes * 2 <= total) return [];
  if (first.bytes < Math.min(FLOOD_BYTES, diskBytes * FLOOD_PART)) return [];
  const mib = Math.round(first.bytes / 1024 ** 2);
  return [
    {
      kind: 'source',
      id: first.source,
      name: first.path,
      why: `it brought ${String(mib)} MiB into the store within 10 minutes, more than all others together`,
    },
  ];
}

function damagedStore({ damage, incidents }: Signs, explained: Set<string>): Danger[] {
  const missing = openParts(incidents).filter(({ key }) => key.startsWith('check packs'));
  for (const { key } of missing) explained.add(key);
  const evidence = [
    ...(damage === null ? [] : [damage.message]),
    ...missing.map(({ message }) => message),
  ];
  const [message] = evidence;
  if (message === undefined) return [];
  return [
    {
      ...{ key: 'store-damaged', trigger: 'store-damaged', level: 2, message, evidence },
      atRisk: null,
      suspects: [],
    },
  ];
}

function littleMemory({ alerts, machine, components }: Signs, explained: Set<string>): Danger[] {
  const memory = machine?.memory ?? null;
  const low = alerts.find(({ fault }) => fault === 'machine.memory-low');
  const pressure = alerts.find(({ fault }) => fault === 'machine.memory-pressure');
  const growing = alerts.find(({ fault }) => fault === 'agent.memory-growing-fast');
  const left = memory === null ? 1 : memory.availableBytes / memory.totalBytes;
  const isShort = low !== undefined && (pressure !== undefined || left < MEMORY_LEFT);
  if (!isShort && growing === undefined) return [];
  if (growing !== undefined) explained.add(alertKey(growing.fingerprint));
  const evidence = [isShort ? low : undefined, pressure, growing].flatMap((alert) =>
    alert === undefined ? [] : [alert.message],
  );
  const level: Level = isShort && (left < MEMORY_AT_END || pressure !== undefined) ? 2 : 1;
  return [
    {
      ...{ key: 'memory-running-out', trigger: 'memory-running-out', level, evidence },
      message: evidence[0] ?? '',
      atRisk: null,
      suspects: isShort ? largest(components, alerts) : [],
    },
  ];
}

/** Of what the agent runs: what holds more memory than it may, or else the largest that is known. */
function largest(components: readonly ComponentView[], alerts: readonly AlertView[]): Suspect[] {
  const owned = components.filter(isRunByAgent);
  const tooLarge = new Set(
    alerts
      .filter(({ fault }) => fault === 'component.memory-high')
      .map(({ subject }) => subject.id),
  );
  const above = owned.filter(({ id }) => tooLarge.has(id));
  if (above.length > 0) return above.map((one) => suspect(one, 'it holds more memory than it may'));
  const [most] = owned
    .filter(({ memoryBytes }) => memoryBytes !== null)
    .sort((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
  return most === undefined
    ? []
    : [suspect(most, 'of what Bulwark runs it is known to hold the most memory')];
}

/** Critical incidents that no other danger explains. */
function criticalIncidents(
  { incidents, components, cutOff }: Signs,
  { criticalIncidents: least, withinMs }: TriggerSettings,
  explained: ReadonlySet<string>,
): Danger[] {
  const critical = incidents.flatMap((incident) => {
    const parts = incident.parts.filter(
      ({ endedAt, severity, key, subject }) =>
        endedAt === null &&
        severity === 'critical' &&
        !explained.has(key) &&
        !cutOff.has(subject.id),
    );
    return parts.length === 0 ? [] : [{ at: incident.openedAt, id: incident.id, parts }];
  });
  const together = largestGroup(critical, withinMs);
  if (together.length < least) return [];
  const parts = together.flatMap((one) => one.parts);
  const ids = new Set(parts.map(({ subject }) => subject.id));
  const worktrees = parts.filter(({ subject }) => subject.kind === 'worktree');
  const areAll = parts.every(({ subject: { kind } }) => kind === 'worktree');
  return [
    {
      key: 'critical-incidents',
      trigger: 'critical-incidents',
      level: together.length >= 2 * least ? 2 : 1,
      message: `${String(together.length)} critical incidents at once`,
      evidence: together.map(({ id, parts: [first] }) => `${id}: ${first?.message ?? ''}`),
      // Nobody knows what else a broken component does to what lies around it.
      atRisk: areAll ? [...new Set(worktrees.map(({ subject }) => subject.id))] : null,
      suspects: components
        .filter((one) => isRunByAgent(one) && ids.has(one.id))
        .map((one) => suspect(one, 'it is in a critical incident')),
    },
  ];
}

function openParts(incidents: readonly IncidentRecord[]): IncidentPart[] {
  return incidents.flatMap(({ parts }) => parts.filter(({ endedAt }) => endedAt === null));
}

/** The most of what began within one stretch of time. */
function largestGroup<T extends { readonly at: number }>(all: readonly T[], withinMs: number): T[] {
  const sorted = [...all].sort((a, b) => a.at - b.at);
  let best: T[] = [];
  for (const [i, { at }] of sorted.entries()) {
    const group = sorted.slice(i).filter((one) => one.at - at <= withinMs);
    if (group.length > best.length) best = group;
  }
  return best;
}

/** Whether it is a process of the agent that runs, or is about to. */
function isRunByAgent({ spec, state }: ComponentView): boolean {
  if (spec.kind !== 'process') return false;
  return !['stopped', 'stopping', 'failed', 'unapproved'].includes(state.kind);
}

/** Where a process runs. */
function folderOf({ folder, spec }: ComponentView): string {
  return resolve(folder, spec.kind === 'process' ? (spec.cwd ?? '.') : '.');
}

function suspect({ id }: ComponentView, why: string): Suspect {
  return { kind: 'component', id, name: id, why };
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function named(places: readonly string[]): string {
  const shown = places.slice(0, 3).join(', ');
  return places.length > 3 ? `${shown} and ${String(places.length - 3)} more` : shown;
}
