/** A value at a time. */
export interface Point {
  readonly time: number;
  readonly value: number;
}

/** Points that a line is laid through: more would cost too much, as each is taken with each. */
const MOST = 60;
/** With fewer there is no trend. */
const LEAST = 8;

/**
 * The slope of a robust line through points: the median of the slopes between any two (Theil 1950,
 * Sen 1968), which up to 29 % of outliers cannot bend. Null when there are too few points.
 */
export function slope(points: readonly Point[]): number | null {
  const thinned = thin(points);
  if (thinned.length < LEAST) return null;
  const slopes: number[] = [];
  for (const [index, a] of thinned.entries())
    for (const b of thinned.slice(index + 1))
      if (b.time > a.time) slopes.push((b.value - a.value) / (b.time - a.time));
  return median(slopes);
}

/**
 * The slope of which both the whole time and its second half say the same; the more careful one of
 * the two. Null while they disagree, or while one of them cannot be told: what has just begun, or
 * has just ended, is no trend.
 * @param ratio how much the two may differ: the smaller is at least this part of the larger
 */
export function steadySlope(points: readonly Point[], ratio = 0.5): number | null {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  const middle = (first.time + last.time) / 2;
  const whole = slope(points);
  const half = slope(points.filter(({ time }) => time >= middle));
  if (whole === null || half === null) return null;
  const [small, large] = Math.abs(whole) < Math.abs(half) ? [whole, half] : [half, whole];
  if (Math.sign(small) !== Math.sign(large)) return null;
  return Math.abs(small) >= ratio * Math.abs(large) ? small : null;
}

/** Evenly spread points of a list: medians of neighbours, so that none counts for more than the others. */
function thin(points: readonly Point[]): Point[] {
  const every = Math.ceil(points.length / MOST);
  if (every <= 1) return [...points];
  const thinned: Point[] = [];
  for (let at = 0; at < points.length; at += every) {
    const group = points.slice(at, at + every);
    const time = median(group.map((point) => point.time));
    const value = median(group.map((point) => point.value));
    if (time !== null && value !== null) thinned.push({ time, value });
  }
  return thinned;
}

function median(values: readonly number[]): number | null {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) return null;
  return sorted.length % 2 === 1
    ? middle
    : (middle + (sorted[sorted.length / 2 - 1] ?? middle)) / 2;
}
