import type { FaultId, Severity } from '../catalogue';
import type { FindingDetails, Subject } from '../finding';
import { fingerprintOf, rankOf, type Alert } from './alert';
import { isFlapping, withLook } from './flapping';

/** What one look told about one fault of one part of a subject. */
export interface Observation {
  readonly fault: FaultId;
  readonly subject: Subject;
  readonly part: string;
  /** `between`: neither bad enough to fire nor good enough to clear. */
  readonly condition: 'bad' | 'good' | 'between' | 'unknown';
  readonly severity: Severity;
  readonly message: string;
  readonly details: FindingDetails;
  /** How long it must be bad before it fires, ms. */
  readonly forMs: number;
}

/** Now, by both clocks, ms. */
export interface Moment {
  readonly mono: number;
  readonly wall: number;
}

/** How long it must have been good before it is believed, ms. */
const KEEP_FIRING_MS = 60_000;

/**
 * The next state of an alert: inactive (null) → pending → firing → resolving → resolved. Missing
 * data never resolves anything. Pure.
 */
export function step(before: Alert | null, seen: Observation, now: Moment): Alert | null {
  const isActive = before !== null && before.phase.kind !== 'resolved';
  const alert = isActive ? before : null;
  const looks =
    seen.condition === 'bad' || seen.condition === 'good'
      ? withLook(before?.looks ?? [], seen.condition === 'bad')
      : (before?.looks ?? []);
  const flapping = isFlapping(looks, before?.flapping ?? false);
  const marks = { looks, flapping };
  if (alert === null) {
    if (seen.condition === 'bad') return begin(seen, marks, now);
    return before === null ? null : { ...before, ...marks };
  }
  const next = { ...alert, ...marks, unknown: seen.condition === 'unknown' };
  switch (seen.condition) {
    case 'unknown':
      // What nobody could see for a while proves nothing about that while.
      return next.phase.kind === 'resolving' ? { ...next, phase: { kind: 'firing' } } : next;
    case 'bad':
      return worsen({ ...next, ...contentOf(seen) }, alert, seen, now);
    case 'between':
      return between(next, now);
    case 'good':
      return improve(next, now);
  }
}

/** Ends an alert for another reason than that it became good. */
export function end(alert: Alert, why: 'gone' | 'asked', now: Moment): Alert {
  return {
    ...alert,
    phase: { kind: 'resolved', why },
    endsAt: now.wall,
    acknowledged: null,
    unknown: false,
  };
}

/** After a sleep of the machine, what takes time begins to take it again. */
export function restarted(alert: Alert, now: Moment): Alert {
  const { phase } = alert;
  return phase.kind === 'pending' || phase.kind === 'resolving'
    ? { ...alert, phase: { kind: phase.kind, since: now.mono } }
    : alert;
}

/**
 * What time alone changes: an acknowledgement that is over is dropped, and what was good for long
 * enough is over, also when nobody looked again since. What is told by events is not.
 */
export function expire(alert: Alert, now: Moment): Alert {
  return believe(withoutOldAcknowledgement(alert, now), now);
}

function withoutOldAcknowledgement(alert: Alert, now: Moment): Alert {
  const { acknowledged } = alert;
  // A wall clock that was set back must not make it last for ever.
  const isOver =
    acknowledged !== null &&
    (now.wall >= acknowledged.until || now.wall < acknowledged.at - 60_000);
  return isOver ? { ...alert, acknowledged: null } : alert;
}

function begin(seen: Observation, marks: Pick<Alert, 'looks' | 'flapping'>, now: Moment): Alert {
  return {
    fingerprint: fingerprintOf(seen.fault, seen.subject, seen.part),
    fault: seen.fault,
    subject: seen.subject,
    part: seen.part,
    ...contentOf(seen),
    ...marks,
    phase: seen.forMs === 0 ? { kind: 'firing' } : { kind: 'pending', since: now.mono },
    unknown: false,
    startsAt: now.wall,
    endsAt: null,
    acknowledged: null,
  };
}

function worsen(next: Alert, before: Alert, { forMs, severity }: Observation, now: Moment): Alert {
  const acknowledged =
    next.acknowledged !== null && rankOf(severity) > rankOf(next.acknowledged.severity)
      ? null
      : next.acknowledged;
  const { phase } = before;
  const fires = phase.kind !== 'pending' || now.mono - phase.since >= forMs;
  return { ...next, acknowledged, phase: fires ? { kind: 'firing' } : phase };
}

function improve(next: Alert, now: Moment): Alert | null {
  const { phase } = next;
  if (phase.kind === 'pending') return null;
  if (phase.kind === 'firing') return { ...next, phase: { kind: 'resolving', since: now.mono } };
  return believe(next, now);
}

/** Not bad enough to fire, and not good either: what counts the good begins anew. */
function between(next: Alert, now: Moment): Alert | null {
  if (next.phase.kind === 'pending') return null;
  return next.phase.kind === 'resolving'
    ? { ...next, phase: { kind: 'resolving', since: now.mono } }
    : next;
}

/** An alert that was good for long enough is resolved. */
function believe(alert: Alert, now: Moment): Alert {
  const { phase, unknown } = alert;
  if (phase.kind !== 'resolving' || unknown || now.mono - phase.since < KEEP_FIRING_MS)
    return alert;
  return {
    ...alert,
    phase: { kind: 'resolved', why: 'good' },
    endsAt: now.wall,
    acknowledged: null,
  };
}

function contentOf(seen: Observation): Pick<Alert, 'severity' | 'message' | 'details'> {
  return { severity: seen.severity, message: seen.message, details: seen.details };
}
