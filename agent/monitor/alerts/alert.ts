import { createHash } from 'node:crypto';
import type { FaultId, Severity } from '../catalogue';
import type { FindingDetails, Subject } from '../finding';

/** Where an alert is. `since` is of the monotonic clock, ms. */
export type AlertPhase =
  /** So for less time than its fault needs to count. */
  | { readonly kind: 'pending'; readonly since: number }
  | { readonly kind: 'firing' }
  /** Not so any more, for less time than it takes to believe it. */
  | { readonly kind: 'resolving'; readonly since: number }
  | { readonly kind: 'resolved'; readonly why: 'good' | 'gone' | 'asked' };

/** That somebody has seen it. Times in ms since 1970. */
export interface Acknowledgement {
  readonly by: string;
  readonly note: string;
  readonly at: number;
  readonly until: number;
  /** What it was when it was acknowledged; one that becomes worse needs another. */
  readonly severity: Severity;
}

/** A fault of a subject, over time. Nothing that is no fault is an alert: that is `inactive`. */
export interface Alert {
  /** The same for the same fault of the same part of the same subject; 16 hexadecimal digits. */
  readonly fingerprint: string;
  readonly fault: FaultId;
  readonly subject: Subject;
  readonly part: string;
  readonly severity: Severity;
  readonly message: string;
  readonly details: FindingDetails;
  readonly phase: AlertPhase;
  /** Nobody could tell the last time. */
  readonly unknown: boolean;
  /** When it was first seen and when it was over, ms since 1970. */
  readonly startsAt: number;
  readonly endsAt: number | null;
  readonly acknowledged: Acknowledgement | null;
  readonly flapping: boolean;
  /** The last looks, newest last: whether it was bad. */
  readonly looks: readonly boolean[];
}

/** Hash of the sorted labels, without value or time: as Prometheus has it. */
export function fingerprintOf(fault: string, subject: Subject, part: string): string {
  const labels = { fault, kind: subject.kind, part, subject: subject.id };
  const text = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** How bad a severity is; more is worse. */
export function rankOf(severity: Severity): number {
  return RANK[severity];
}
