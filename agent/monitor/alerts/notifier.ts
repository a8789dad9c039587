import type { FaultId, Severity } from '../catalogue';
import { rankOf, type Alert } from './alert';
import type { Moment } from './machine';

/** Alerts of one group (a worktree, a repository, the machine) and one cause, told together. */
export interface DueNotification {
  /** Names the group: `PLACE FAULT`. */
  readonly group: string;
  /** Worktree, repository or scope, and the kind of fault. */
  readonly place: string;
  readonly fault: FaultId;
  /** Differs for each notification of a group. */
  readonly number: number;
  readonly kind: 'firing' | 'reminder' | 'resolved';
  readonly severity: Severity;
  /** Worst first. */
  readonly alerts: readonly Alert[];
}

/** Times from Alertmanager, ms. */
const GROUP_WAIT_MS = 30_000;
const GROUP_INTERVAL_MS = 5 * 60_000;
const REMIND_MS = 4 * 3_600_000;
/** A bucket of five, and one a minute. */
const BUCKET = 5;
const REFILL_MS = 60_000;

interface Group {
  readonly place: string;
  readonly fault: FaultId;
  readonly firstSeen: number;
  /** When it was last told, monotonic; null before. */
  toldAt: number | null;
  /** Fingerprints, with their severities, that were told. */
  told: ReadonlyMap<string, Severity>;
  number: number;
}

/** What of the notifier outlives the agent: what was told already. */
export interface NotifierMemory {
  readonly groups: readonly {
    readonly place: string;
    readonly fault: FaultId;
    readonly told: readonly (readonly [string, Severity])[];
    readonly agoMs: number;
    readonly number: number;
  }[];
}

/**
 * Decides when people are told of what. Holds no timers and no clock: {@link due} is asked now and
 * then. @see docs/decisions/0009-health.md
 */
export class Notifier {
  readonly #groups = new Map<string, Group>();
  #tokens = BUCKET;
  #refilledAt: number;

  constructor(now: Moment, memory: NotifierMemory = { groups: [] }) {
    this.#refilledAt = now.mono;
    for (const { place, fault, told, agoMs, number } of memory.groups)
      this.#groups.set(keyOf(place, fault), {
        place,
        fault,
        firstSeen: now.mono - agoMs,
        toldAt: now.mono - agoMs,
        told: new Map(told),
        number,
      });
  }

  memory(now: Moment): NotifierMemory {
    const groups = [...this.#groups.values()].flatMap(({ place, fault, told, toldAt, number }) =>
      toldAt === null ? [] : [{ place, fault, told: [...told], agoMs: now.mono - toldAt, number }],
    );
    return { groups };
  }

  /**
   * What has to be told now. @param audible alerts that are firing (also when nobody can tell just
   *   now), neither muted nor only for information @param active fingerprints of all that are not over,
   *   muted or not: what is muted is not over
   */
  due(audible: readonly Alert[], active: ReadonlySet<string>, now: Moment): DueNotification[] {
    this.#refill(now);
    const byGroup = new Map<string, Alert[]>();
    for (const alert of audible) {
      const { subject, fault } = alert;
      const key = keyOf(subject.group, fault);
      const list = byGroup.get(key);
      if (list === undefined) byGroup.set(key, [alert]);
      else list.push(alert);
      if (!this.#groups.has(key)) this.#groups.set(key, begun(subject.group, fault, now));
    }
    const due: DueNotification[] = [];
    for (const [key, group] of this.#groups) {
      const found = this.#due(key, group, byGroup.get(key) ?? [], active, now);
      if (found !== null) due.push(found);
    }
    return due;
  }

  #due(
    key: string,
    group: Group,
    alerts: Alert[],
    active: ReadonlySet<string>,
    now: Moment,
  ): DueNotification | null {
    const { place, fault } = group;
    const { toldAt, told } = group;
    if (alerts.length === 0) {
      if ([...told.keys()].some((fingerprint) => active.has(fingerprint))) return null;
      this.#groups.delete(key);
      // What nobody was told of needs no all-clear.
      if (toldAt === null) return null;
      const number = group.number + 1;
      return { group: key, place, fault, number, kind: 'resolved', severity: 'info', alerts: [] };
    }
    alerts.sort((a, b) => rankOf(b.severity) - rankOf(a.severity));
    const severity = alerts[0]?.severity ?? 'info';
    const kind = this.#kindOf(alerts, group, now);
    if (kind === null || !this.#mayTell(severity)) return null;
    group.toldAt = now.mono;
    group.told = new Map([
      // Muted or about to be over just now, and no news when it is heard of again.
      ...[...told].filter(([fingerprint]) => active.has(fingerprint)),
      ...alerts.map((alert) => [alert.fingerprint, alert.severity] as const),
    ]);
    group.number += 1;
    return { group: key, place, fault, number: group.number, kind, severity, alerts };
  }

  #kindOf(
    alerts: readonly Alert[],
    { firstSeen, toldAt, told }: Group,
    now: Moment,
  ): 'firing' | 'reminder' | null {
    if (toldAt === null) return now.mono - firstSeen >= GROUP_WAIT_MS ? 'firing' : null;
    const isNews = alerts.some(({ fingerprint, severity, acknowledged }) => {
      const before = told.get(fingerprint);
      if (before === undefined) return acknowledged === null;
      return rankOf(severity) > rankOf(before);
    });
    const quietMs = now.mono - toldAt;
    if (isNews) return quietMs >= GROUP_INTERVAL_MS ? 'firing' : null;
    const isSeen = alerts.every(({ acknowledged }) => acknowledged !== null);
    return !isSeen && quietMs >= REMIND_MS ? 'reminder' : null;
  }

  /** Critical ones pass the limit. */
  #mayTell(severity: Severity): boolean {
    if (severity === 'critical') return true;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #refill({ mono }: Moment): void {
    this.#tokens = Math.min(BUCKET, this.#tokens + (mono - this.#refilledAt) / REFILL_MS);
    this.#refilledAt = mono;
  }
}

function begun(place: string, fault: FaultId, now: Moment): Group {
  return { place, fault, firstSeen: now.mono, toldAt: null, told: new Map(), number: 0 };
}

function keyOf(place: string, fault: FaultId): string {
  return `${place} ${fault}`;
}
