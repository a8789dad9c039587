/** What came of one strategy for one signature. Counts decay, so they are no whole numbers. */
export interface Arm {
  /** Times that it helped and did not. */
  readonly helped: number;
  readonly failed: number;
  /** What of `helped` is its merit, above what waiting would have done. */
  readonly credit: number;
}

/** A Beta distribution: what is believed before anything was seen. */
export interface Prior {
  readonly helped: number;
  readonly failed: number;
}

export const NEW_ARM: Arm = { helped: 0, failed: 0, credit: 0 };

/** Events after which what was seen counts half. */
const HALF_LIFE = 50;
const KEPT_PER_EVENT = 0.5 ** (1 / HALF_LIFE);
/** Adaptation: an outcome against what was expected takes so much off what was believed. */
const ADAPTATION = 0.2;
/** Fewer tries, decayed, are none. */
const LEAST = 1e-3;
/** Of the normal distribution, two-sided 95 %. */
const Z = 1.959964;

/** One event has passed. */
export function decayed(arm: Arm, keep = KEPT_PER_EVENT): Arm {
  return { helped: arm.helped * keep, failed: arm.failed * keep, credit: arm.credit * keep };
}

/**
 * Takes in an outcome.
 * @param waiting probability that it would have cleared by itself; an action earns credit only above that
 */
export function learned(arm: Arm, prior: Prior, helped: boolean, waiting: number): Arm {
  const expected = posteriorMean(arm, prior) >= 0.5;
  const before = expected === helped ? arm : decayed(arm, 1 - ADAPTATION);
  return helped
    ? { ...before, helped: before.helped + 1, credit: before.credit + 1 - waiting }
    : { ...before, failed: before.failed + 1 };
}

/** Mean of the posterior of the Beta-Bernoulli model. */
export function posteriorMean({ credit, failed }: Arm, prior: Prior): number {
  const good = prior.helped + credit;
  return good / (good + prior.failed + failed);
}

/**
 * Lower end of Wilson's score interval for how often it helps: what is shown as confidence, always
 * with the number of tries (Wilson 1927). 0 where nothing was tried.
 */
export function wilsonLower({ helped, failed }: Arm): number {
  const n = helped + failed;
  if (n < LEAST) return 0;
  const rate = helped / n;
  const z2 = Z * Z;
  const centre = rate + z2 / (2 * n);
  const spread = Z * Math.sqrt((rate * (1 - rate)) / n + z2 / (4 * n * n));
  return Math.max(0, (centre - spread) / (1 + z2 / n));
}
