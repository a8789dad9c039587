import { decayed, learned, NEW_ARM, posteriorMean, wilsonLower, type Arm, type Prior } from './arm';
import type { Signature } from './signature';

/** The strategy of doing nothing: many faults clear by themselves. */
export const WAIT = 'wait';

/** A strategy that may be used, and what the catalogue expects of it. */
export interface Candidate {
  readonly strategy: string;
  readonly prior: Prior;
  /** The catalogue names it for this fault. */
  readonly catalogued: boolean;
}

/** A candidate, judged. */
export interface Judged extends Candidate {
  /** Mean of what is believed, 0 to 1. */
  readonly mean: number;
  /** Wilson's lower bound, 0 to 1, over `tries`, which decay. */
  readonly confidence: number;
  readonly tries: number;
  /** It may be used without asking anybody, as far as it has been learned. */
  readonly trusted: boolean;
}

/** All that was seen of one signature. */
export interface Seen {
  /** How often; does not decay. */
  readonly sightings: number;
  readonly arms: Readonly<Record<string, Arm>>;
}

/** What is kept, exported and imported. Keys are signatures. */
export interface ExperienceMemory {
  readonly seen: Readonly<Record<string, Seen>>;
}

/** Until a signature was seen so often, what is known of its trigger and kind counts. */
const ENOUGH = 3;
/** What is not in the catalogue acts by itself only above this confidence. */
const TRUSTED = 0.8;
/** Signatures that are kept; those seen least are dropped. */
const MAX_SIGNATURES = 2_000;
const WAIT_PRIOR: Prior = { helped: 1, failed: 3 };

/** What was tried for which fault, and what came of it. Pure but for its own state. */
export class Experience {
  readonly #seen = new Map<string, Seen>();

  constructor(memory: ExperienceMemory = { seen: {} }) {
    this.merge(memory);
  }

  /** Takes in what another agent learned: counts add up. */
  merge({ seen }: ExperienceMemory): void {
    for (const [key, other] of Object.entries(seen)) {
      const known = this.#seen.get(key) ?? { sightings: 0, arms: {} };
      const arms = { ...known.arms };
      for (const [strategy, arm] of Object.entries(other.arms)) {
        const mine = arms[strategy] ?? NEW_ARM;
        arms[strategy] = {
          helped: mine.helped + arm.helped,
          failed: mine.failed + arm.failed,
          credit: mine.credit + arm.credit,
        };
      }
      this.#seen.set(key, { sightings: known.sightings + other.sightings, arms });
    }
    this.#trim();
  }

  get memory(): ExperienceMemory {
    return { seen: Object.fromEntries(this.#seen) };
  }

  /** A fault with this signature has come. */
  sighted({ exact, coarse }: Signature): void {
    for (const key of [exact, coarse]) {
      const known = this.#seen.get(key) ?? { sightings: 0, arms: {} };
      this.#seen.set(key, { ...known, sightings: known.sightings + 1 });
    }
    this.#trim();
  }

  /** How often a signature was seen. */
  sightings({ exact }: Signature): number {
    return this.#seen.get(exact)?.sightings ?? 0;
  }

  /**
   * Judges what may be used, best first; equals stay in the order of the catalogue. Greedy: of
   * strategies tried up to three times in one incident, the first is best chosen by the mean.
   */
  judge(signature: Signature, candidates: readonly Candidate[]): Judged[] {
    const seen = this.#seenOf(signature);
    return candidates
      .map((candidate) => {
        const arm = seen.arms[candidate.strategy] ?? NEW_ARM;
        const confidence = wilsonLower(arm);
        return {
          ...candidate,
          mean: posteriorMean(arm, candidate.prior),
          confidence,
          tries: arm.helped + arm.failed,
          trusted: candidate.catalogued || confidence > TRUSTED || candidate.strategy === WAIT,
        };
      })
      .sort((a, b) => b.mean - a.mean);
  }

  /** What a strategy came to, verified. Counts for the signature, and for its trigger and kind. */
  learn({ exact, coarse }: Signature, { strategy, prior }: Candidate, helped: boolean): void {
    for (const key of [exact, coarse]) {
      const known = this.#seen.get(key) ?? { sightings: 1, arms: {} };
      const arms: Record<string, Arm> = {};
      for (const [name, arm] of Object.entries(known.arms)) arms[name] = decayed(arm);
      const waiting =
        strategy === WAIT ? 0 : posteriorMean(known.arms[WAIT] ?? NEW_ARM, WAIT_PRIOR);
      arms[strategy] = learned(arms[strategy] ?? NEW_ARM, prior, helped, waiting);
      this.#seen.set(key, { ...known, arms });
    }
  }

  #seenOf({ exact, coarse }: Signature): Seen {
    const mine = this.#seen.get(exact);
    if (mine !== undefined && mine.sightings >= ENOUGH && Object.keys(mine.arms).length > 0)
      return mine;
    return this.#seen.get(coarse) ?? mine ?? { sightings: 0, arms: {} };
  }

  #trim(): void {
    while (this.#seen.size > MAX_SIGNATURES) {
      let least: string | null = null;
      let count = Number.POSITIVE_INFINITY;
      for (const [key, { sightings }] of this.#seen)
        if (sightings < count) [least, count] = [key, sightings];
      if (least === null) return;
      this.#seen.delete(least);
    }
  }
}
