/*
 * Whether a value is unusual for its series: three winsorised z-scores against exponentially
 * weighted means (of the level, of the step to it, of a short-term mean), and a CUSUM (Page 1954)
 * for what drifts. What counts is how the largest of them compares with the largest of before: a
 * series that is wild by nature is not unusual each time. The constants were chosen by a search over
 * the Numenta Anomaly Benchmark (`npm run bench:anomalies`), as those of its other detectors were.
 */

/** Weight of a new value; the past counts for ten thousand values. */
const ALPHA = 1e-4;
/** Of the short-term mean. */
const FAST = 0.05;
/** A value moves mean and deviation by no more than so many deviations. */
const WINSOR = 12;
/** Values until anything is unusual. */
const WARM_UP = 100;
/** Below so many deviations nothing is unusual. */
const LEAST = 4;
/** How fast earlier peaks are forgotten, and how much of a new one is remembered. */
const PEAK_DECAY = 0.9995;
const PEAK_GAIN = 0.02;
/** After something unusual its consequences count for less, for so many values. */
const AFTER = 80;
const AFTER_WEIGHT = 0.1;
const AFTER_FROM = 0.3;
/** CUSUM: what it forgives a value, in deviations; where it ends; its weight. */
const DRIFT_SLACK = 3;
const DRIFT_MOST = 50;
const DRIFT_WEIGHT = 0.8;
const LEVEL_WEIGHT = 0.5;
const STEP_WEIGHT = 0.5;
const MEAN_WEIGHT = 1.5;
const SHORT_STEP_WEIGHT = 0.5;

/** From here on a value is worth a mark: what the benchmark finds best over all its series. */
export const UNUSUAL = 0.3;

/** Mean and variance with exponentially falling weights. */
class Moments {
  #mean: number;
  #variance = 0;

  constructor(mean: number) {
    this.#mean = mean;
  }

  get mean(): number {
    return this.#mean;
  }

  /** Takes in a value; its distance from the mean before, in deviations. */
  add(value: number, alpha: number, { floor, clip }: { floor: number; clip: number }): number {
    const deviation = Math.sqrt(this.#variance) + floor;
    const z = (value - this.#mean) / deviation;
    const step = Math.max(-clip, Math.min(clip, z)) * deviation;
    this.#mean += alpha * step;
    this.#variance = (1 - alpha) * (this.#variance + alpha * step * step);
    return z;
  }
}

/** Tells of the values of one series, one after the other, how unusual each is. */
export class AnomalyDetector {
  readonly #step = new Moments(0);
  readonly #meanOff = new Moments(0);
  readonly #meanStep = new Moments(0);
  #level: Moments | null = null;
  #last = 0;
  #fast = 0;
  #count = 0;
  #peak = 0;
  #above = 0;
  #below = 0;
  #since = Number.POSITIVE_INFINITY;

  /** @returns from 0 (usual) to 1; {@link UNUSUAL} and more is worth a mark */
  add(value: number): number {
    this.#count += 1;
    if (this.#level === null) {
      this.#level = new Moments(value);
      this.#last = value;
      this.#fast = value;
      return 0;
    }
    const z = this.#distance(value, this.#level);
    return this.#count < WARM_UP ? 0 : this.#rate(z);
  }

  #distance(value: number, level: Moments): number {
    const alpha = Math.max(ALPHA, 1 / this.#count);
    const mean = level.mean;
    const how = {
      // What never changed has no deviation yet: a thousandth of it is not unusual.
      floor: 1e-9 + 1e-3 * Math.abs(mean),
      clip: this.#count > WARM_UP ? WINSOR : Number.POSITIVE_INFINITY,
    };
    const fastBefore = this.#fast;
    this.#fast += FAST * (value - this.#fast);
    const zLevel = level.add(value, alpha, how);
    const zStep = this.#step.add(value - this.#last, alpha, how);
    const zMean = this.#meanOff.add(this.#fast - mean, alpha, how);
    const zShort = this.#meanStep.add(value - fastBefore, alpha, how);
    this.#last = value;
    this.#above = Math.min(DRIFT_MOST, Math.max(0, this.#above + zLevel - DRIFT_SLACK));
    this.#below = Math.min(DRIFT_MOST, Math.max(0, this.#below - zLevel - DRIFT_SLACK));
    return Math.max(
      LEVEL_WEIGHT * Math.abs(zLevel),
      STEP_WEIGHT * Math.abs(zStep),
      MEAN_WEIGHT * Math.abs(zMean),
      SHORT_STEP_WEIGHT * Math.abs(zShort),
      DRIFT_WEIGHT * Math.max(this.#above, this.#below),
    );
  }

  #rate(z: number): number {
    this.#peak *= PEAK_DECAY;
    const ratio = z / (LEAST + this.#peak);
    const score = (ratio * ratio) / (ratio * ratio + 1);
    if (z > this.#peak) this.#peak += (z - this.#peak) * PEAK_GAIN;
    this.#since += 1;
    if (this.#since < AFTER) return score * AFTER_WEIGHT;
    if (score > AFTER_FROM) this.#since = 0;
    return score;
  }
}
