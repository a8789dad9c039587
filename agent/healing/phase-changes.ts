import type { RecoveryRecord } from './recovery';

/** The phases of so many recoveries are remembered. */
const REMEMBERED = 1_000;

/** Tells which changes of recoveries are another phase, for whoever tells or writes down each once. */
export class PhaseChanges {
  readonly #phases = new Map<string, RecoveryRecord['phase']>();

  /** Whether a recovery is in another phase than when this was asked last; takes it as seen. */
  take({ id, phase }: Pick<RecoveryRecord, 'id' | 'phase'>): boolean {
    if (this.#phases.get(id) === phase) return false;
    this.#phases.delete(id);
    this.#phases.set(id, phase);
    const [oldest] = this.#phases.keys();
    if (this.#phases.size > REMEMBERED && oldest !== undefined) this.#phases.delete(oldest);
    return true;
  }
}
