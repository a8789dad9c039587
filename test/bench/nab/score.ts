/*
 * The score of the Numenta Anomaly Benchmark, as its own scorer computes it (nab/sweeper.py and
 * nab/runner.py, version 1.1): Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms",
 * 2015.
 */

/** Weights of the standard profile. */
const TP_WEIGHT = 1;
const FN_WEIGHT = 1;
const FP_WEIGHT = 0.11;
const PROBATION = 0.15;

export interface LabelledSeries {
  readonly name: string;
  /** As they stand in the file. */
  readonly times: readonly string[];
  readonly values: readonly number[];
  /** First and last time of each window in which something is wrong. */
  readonly windows: readonly (readonly [string, string])[];
}

interface ScoredPoint {
  readonly anomaly: number;
  readonly score: number;
  /** Null outside of windows. */
  readonly window: string | null;
}

export interface NabResult {
  /** 0 for no detections, 100 for the perfect ones. */
  readonly score: number;
  readonly threshold: number;
  readonly windowsHit: number;
  readonly windows: number;
}

/** Points of the beginning, in which nothing counts. */
export function probation(length: number): number {
  return Math.min(Math.floor(PROBATION * length), PROBATION * 5_000);
}

/**
 * The standard score over all series, at the one threshold that is best for all of them together,
 * which is how NAB scores every detector.
 * @param anomalies for each series a number from 0 to 1 a point
 */
export function nabScore(
  all: readonly LabelledSeries[],
  anomalies: readonly (readonly number[])[],
): NabResult {
  const points = all.flatMap((series, at) => scoredPoints(series, anomalies[at] ?? []));
  points.sort((a, b) => b.anomaly - a.anomaly);
  const windows = all.reduce((sum, series) => sum + series.windows.length, 0);
  const hit = new Map<string, number>();
  let falsePositives = 0;
  const total = (): number =>
    falsePositives +
    [...hit.values()].reduce((sum, value) => sum + value, 0) -
    FN_WEIGHT * (windows - hit.size);
  let best = { raw: total(), threshold: 1.1, windowsHit: 0 };
  for (const [at, { anomaly, score, window }] of points.entries()) {
    if (window === null) falsePositives += score;
    else hit.set(window, Math.max(hit.get(window) ?? -FN_WEIGHT, score));
    if (points[at + 1]?.anomaly === anomaly) continue;
    const raw = total();
    if (raw > best.raw) best = { raw, threshold: anomaly, windowsHit: hit.size };
  }
  const nothing = -FN_WEIGHT * windows;
  return {
    score: (100 * (best.raw - nothing)) / (TP_WEIGHT * windows - nothing),
    threshold: best.threshold,
    windowsHit: best.windowsHit,
    windows,
  };
}

/** What a detection at each point would count, without those of the probation. */
function scoredPoints(series: LabelledSeries, anomalies: readonly number[]): ScoredPoint[] {
  const { times, windows, name } = series;
  const points: ScoredPoint[] = [];
  const left = windows.map(([from, to]) => ({ from: times.indexOf(from), to: times.indexOf(to) }));
  let previous: { readonly to: number; readonly width: number } | null = null;
  for (const at of times.keys()) {
    const current = left.find(({ from, to }) => at >= from && at <= to);
    if (current !== undefined) {
      const width = current.to - current.from + 1;
      const score = (scaledSigmoid(-(current.to - at + 1) / width) * TP_WEIGHT) / scaledSigmoid(-1);
      points.push({
        anomaly: anomalies[at] ?? 0,
        score,
        window: `${name}|${String(current.from)}`,
      });
      if (at === current.to) previous = { to: at, width };
      continue;
    }
    const past: number = previous === null ? 4 : (at - previous.to) / (previous.width - 1);
    points.push({
      anomaly: anomalies[at] ?? 0,
      score: scaledSigmoid(past) * FP_WEIGHT,
      window: null,
    });
  }
  return points.slice(Math.ceil(probation(times.length)));
}

function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}
