import type { FaultId } from './catalogue';
import type { Finding, FindingDetails, Look, Subject } from './finding';

type Verdict = 'bad' | 'good' | 'between' | 'unknown';

/**
 * A figure against a threshold with hysteresis.
 * @param value null where it could not be measured
 */
export function verdictOf(value: number | null, badFrom: number, goodBelow: number): Verdict {
  if (value === null) return 'unknown';
  if (value >= badFrom) return 'bad';
  return value < goodBelow ? 'good' : 'between';
}

/** Gathers what one look at a subject says about several faults. */
export class LookBuilder {
  readonly #subject: Subject;
  readonly #findings: Finding[] = [];
  readonly #covers: FaultId[] = [];
  readonly #unknown: FaultId[] = [];
  readonly #between: FaultId[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** @param message what is said when it is bad */
  add(fault: FaultId, verdict: Verdict, message: string, details: FindingDetails = {}): this {
    this.#covers.push(fault);
    if (verdict === 'bad') this.find(fault, '', message, details);
    if (verdict === 'unknown') this.#unknown.push(fault);
    if (verdict === 'between') this.#between.push(fault);
    return this;
  }

  /** A fault of a part of the subject. */
  find(fault: FaultId, part: string, message: string, details: FindingDetails = {}): this {
    this.#findings.push({ fault, subject: this.#subject, part, message, details });
    return this;
  }

  /** Faults that were looked for. */
  cover(faults: readonly FaultId[], unknown: readonly FaultId[] = []): this {
    this.#covers.push(...faults);
    this.#unknown.push(...unknown);
    return this;
  }

  get look(): Look {
    return {
      subject: this.#subject,
      findings: this.#findings,
      covers: this.#covers,
      unknown: this.#unknown,
      between: this.#between,
    };
  }
}
