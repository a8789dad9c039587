import type { FaultId } from './catalogue';

/** What something was found about. */
export interface Subject {
  readonly kind: 'machine' | 'agent' | 'component' | 'worktree' | 'repository' | 'settings';
  /** Of its kind, the same as long as it is the same thing. */
  readonly id: string;
  /** For people: a path or a component's id. */
  readonly name: string;
  /** Worktree, repository or scope that it belongs to: what is grouped together. */
  readonly group: string;
}

/** Facts for programs. */
export type FindingDetails = Readonly<Record<string, string | number | boolean>>;

/** A fault that was found; nothing was done about it. */
export interface Finding {
  readonly fault: FaultId;
  readonly subject: Subject;
  /** What of the subject it is about, where there may be several: the path of a lock, a ref. */
  readonly part: string;
  /** For people, one line. */
  readonly message: string;
  readonly details: FindingDetails;
  /** How long it must be so before it counts, ms; what the catalogue says unless told. */
  readonly forMs?: number;
}

/** One look at a subject. */
export interface Look {
  readonly subject: Subject;
  readonly findings: readonly Finding[];
  /** Faults that were looked for; those without a finding are not there. */
  readonly covers: readonly FaultId[];
  /** Of these, those that nobody can tell this time. */
  readonly unknown: readonly FaultId[];
  /** Of these, those that are between bad and good: what was stays (hysteresis). */
  readonly between: readonly FaultId[];
}
