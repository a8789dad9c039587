import { byteSize } from '../../format';
import type { Unit } from './chart-page';

/** A value in words that fit its size: `23 %`, `1.2 s`, `48 MB`. */
export function figure(value: number | null, unit: Unit): string {
  if (value === null) return 'nothing measured';
  switch (unit) {
    case 'ratio':
      return `${rounded(value * 100)} %`;
    case 'bytes':
      return byteSize(Math.round(value));
    case 'seconds':
      return duration(value);
    case 'count':
      return rounded(value);
    case 'per-second':
      return `${rounded(value)} a second`;
  }
}

/** The smallest range that an axis shows, so that noise does not look like news. */
export function axisRange(unit: Unit, highest: number): readonly [number, number] {
  if (unit === 'ratio') return [0, 1];
  const least = unit === 'bytes' ? 1024 : unit === 'seconds' ? 0.01 : 1;
  return [0, Math.max(least, highest * 1.1)];
}

/** Lowest, highest and last of what was measured; null where nothing was. */
export function summary(values: readonly (number | null)[]): {
  readonly now: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
} {
  const known = values.filter((value) => value !== null);
  // Not spread into Math.max: it takes no more than so many.
  const least = known.reduce((a, b) => Math.min(a, b), Infinity);
  const most = known.reduce((a, b) => Math.max(a, b), -Infinity);
  return known.length === 0
    ? { now: null, lowest: null, highest: null }
    : { now: known.at(-1) ?? null, lowest: least, highest: most };
}

function duration(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 1) return `${rounded(seconds * 1000)} ms`;
  if (seconds < 120) return `${rounded(seconds)} s`;
  if (seconds < 7200) return `${rounded(seconds / 60)} min`;
  return `${rounded(seconds / 3600)} h`;
}

/** Two digits that mean something. */
function rounded(value: number): string {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  return Number(value.toFixed(digits)).toLocaleString('en');
}
