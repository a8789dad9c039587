import { Emitter } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import {
  worse,
  type IncidentPart,
  type IncidentRecord,
  type IncidentSubject,
  type Signal,
} from './incident';

/** What comes within this time of the last part of an incident, and is related to it, joins it, ms. */
const CORRELATION_MS = 30_000;
const KEPT = 200;
const TIMELINE_LENGTH = 200;

export interface IncidentChange {
  readonly kind: 'opened' | 'changed' | 'closed';
  readonly incident: IncidentRecord;
}

/**
 * Makes incidents of what is found wrong: by known cause, by dependency, and by the worktree or
 * scope within {@link CORRELATION_MS}. Pure but for its own state: the time is passed in.
 */
export class Correlator {
  readonly onChange = new Emitter<IncidentChange>();
  readonly #newId: () => string;
  /** What each subject of an open incident depends on, by ids. */
  readonly #dependencies = new Map<string, readonly string[]>();
  #incidents: IncidentRecord[];

  /** @param known of earlier days, oldest first */
  constructor(newId: () => string, known: readonly IncidentRecord[] = []) {
    this.#newId = newId;
    this.#incidents = [...known];
  }

  /** Oldest first. */
  get records(): readonly IncidentRecord[] {
    return this.#incidents;
  }

  /** Takes in that something is wrong, or is not any more. @param now ms since 1970 */
  observe(signal: Signal, now: number): void {
    const known = this.#openWith(signal.key);
    if (known !== null) this.#update(known.incident, known.part, signal, now);
    else if (signal.isOpen) this.#add(signal, now);
  }

  /** Something was done about it. @param isLeft nothing more is tried: it is for a person */
  tell(about: IncidentSubject, text: string, isLeft: boolean, now: number): void {
    for (const incident of this.#incidents) {
      if (incident.state === 'closed') continue;
      const isAbout = incident.parts.some(
        ({ subject, endedAt }) =>
          endedAt === null && subject.kind === about.kind && subject.id === about.id,
      );
      if (!isAbout) continue;
      note(incident, now, text);
      incident.state = isLeft || waitsForPerson(incident) ? 'person' : 'open';
      this.onChange.emit({ kind: 'changed', incident });
    }
  }

  /** A person says that it is over. @throws BulwarkError `incident-unknown` */
  close(id: string, why: string, now: number): IncidentRecord {
    const incident = this.get(id);
    if (incident.state === 'closed') return incident;
    note(incident, now, why);
    for (const part of incident.parts) part.endedAt ??= now;
    this.#close(incident, now);
    return incident;
  }

  /** @param id or the beginning of one @throws BulwarkError `incident-unknown` */
  get(id: string): IncidentRecord {
    const found = this.#incidents.filter((one) => one.id.startsWith(id));
    const [incident] = found;
    if (incident !== undefined && found.length === 1) return incident;
    throw new BulwarkError(
      'incident-unknown',
      found.length === 0
        ? `no incident has the id ${id}`
        : `${String(found.length)} incidents have ids that begin with ${id}`,
      { hint: 'List them with: bulwark incidents --all' },
    );
  }

  /** Ends what is not found any more. @param isStill tells of the key of a part of this kind */
  retain(kind: IncidentPart['kind'], isStill: (key: string) => boolean, now: number): void {
    for (const incident of [...this.#incidents])
      for (const part of incident.parts)
        if (part.kind === kind && part.endedAt === null && !isStill(part.key))
          this.#end(incident, part, now);
  }

  #openWith(key: string): { incident: IncidentRecord; part: IncidentPart } | null {
    for (const incident of this.#incidents) {
      if (incident.state === 'closed') continue;
      const part = incident.parts.find((one) => one.key === key);
      if (part !== undefined) return { incident, part };
    }
    return null;
  }

  #update(incident: IncidentRecord, part: IncidentPart, signal: Signal, now: number): void {
    if (!signal.isOpen) {
      if (part.endedAt === null) this.#end(incident, part, now);
      return;
    }
    const isBack = part.endedAt !== null;
    const isSame = part.message === signal.message && part.severity === signal.severity;
    const isNewlyCaused = part.role === 'cause' && this.#isCausedIn(incident, signal);
    if (!isBack && isSame && !isNewlyCaused) return;
    part.message = signal.message;
    part.severity = signal.severity;
    part.endedAt = null;
    if (isNewlyCaused) part.role = 'consequence';
    incident.severity = worse(incident.severity, signal.severity);
    if (isBack || !isSame) note(incident, now, `${isBack ? 'again: ' : ''}${signal.message}`);
    this.onChange.emit({ kind: 'changed', incident });
  }

  #add(signal: Signal, now: number): void {
    const home = this.#homeOf(signal, now);
    const { key, kind, subject, severity, message } = signal;
    const part: IncidentPart = {
      key,
      kind,
      role: 'cause',
      subject,
      severity,
      message,
      since: now,
      endedAt: null,
    };
    if (home === null) {
      const incident: IncidentRecord = {
        id: this.#newId(),
        group: signal.group,
        severity,
        state: 'open',
        openedAt: now,
        closedAt: null,
        touchedAt: now,
        parts: [part],
        timeline: [],
      };
      note(incident, now, message);
      this.#incidents.push(incident);
      this.#forget();
      this.onChange.emit({ kind: 'opened', incident });
      return;
    }
    part.role = this.#isCausedIn(home, signal) ? 'consequence' : 'related';
    // What others in it depend on came to light after them, and is their cause all the same.
    for (const other of home.parts)
      if (part.role !== 'consequence' && dependsOn(other, subject.id, this.#dependencies)) {
        other.role = 'consequence';
        part.role = 'cause';
      }
    this.#dependencies.set(subject.id, signal.dependsOn);
    home.parts.push(part);
    home.severity = worse(home.severity, severity);
    home.touchedAt = now;
    note(home, now, message);
    this.onChange.emit({ kind: 'changed', incident: home });
  }

  /** The incident that something belongs to, or null. */
  #homeOf(signal: Signal, now: number): IncidentRecord | null {
    const open = this.#incidents.filter(({ state }) => state !== 'closed');
    const caused = open.find((incident) => this.#isCausedIn(incident, signal));
    if (caused !== undefined) return caused;
    this.#dependencies.set(signal.subject.id, signal.dependsOn);
    const recent = open.filter(({ touchedAt }) => now - touchedAt <= CORRELATION_MS);
    return (
      recent.find(
        ({ group, parts }) =>
          isRelated(group, signal.group) ||
          parts.some((part) => dependsOn(part, signal.subject.id, this.#dependencies)),
      ) ?? null
    );
  }

  /** Whether its cause is in the incident: known as such, or something that it depends on. */
  #isCausedIn({ parts }: IncidentRecord, { cause, dependsOn: needs, key }: Signal): boolean {
    return parts.some(
      (part) =>
        part.key !== key &&
        part.endedAt === null &&
        (part.key === cause || needs.includes(part.subject.id)),
    );
  }

  #end(incident: IncidentRecord, part: IncidentPart, now: number): void {
    part.endedAt = now;
    note(incident, now, `over: ${part.message}`);
    if (incident.parts.some(({ endedAt }) => endedAt === null)) {
      this.onChange.emit({ kind: 'changed', incident });
      return;
    }
    this.#close(incident, now);
  }

  #close(incident: IncidentRecord, now: number): void {
    incident.state = 'closed';
    incident.closedAt = now;
    for (const { subject } of incident.parts) this.#dependencies.delete(subject.id);
    this.onChange.emit({ kind: 'closed', incident });
  }

  #forget(): void {
    const closed = this.#incidents.filter(({ state }) => state === 'closed');
    const dropped = new Set(closed.slice(0, Math.max(0, this.#incidents.length - KEPT)));
    this.#incidents = this.#incidents.filter((one) => !dropped.has(one));
  }
}

/** What was lost, and what somebody reported, nothing mends by itself. */
function waitsForPerson({ parts }: IncidentRecord): boolean {
  return parts.some(
    ({ kind, endedAt }) => endedAt === null && (kind === 'loss' || kind === 'trouble'),
  );
}

/** Whether one is the other, or a folder in it: a worktree and its git directory. */
function isRelated(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function dependsOn(
  { subject, endedAt }: IncidentPart,
  id: string,
  dependencies: ReadonlyMap<string, readonly string[]>,
): boolean {
  return endedAt === null && (dependencies.get(subject.id) ?? []).includes(id);
}

function note({ timeline }: IncidentRecord, at: number, text: string): void {
  timeline.push({ at, text });
  if (timeline.length > TIMELINE_LENGTH) timeline.splice(1, 1);
}
