import { slope, type Point } from '../../monitor/forecast/trend';

/** How the store has grown, and where that leads. Bytes and ms. */
export interface Growth {
  /** At the beginning and the end of the time; null where nothing was measured. */
  readonly atFirst: number | null;
  readonly atLast: number | null;
  /** By the robust trend of the time; null while there is none. */
  readonly bytesPerDay: number | null;
  /** Of its disk, that can still be written. */
  readonly freeBytes: number | null;
  /** Until that is used up, if it goes on like this; null when it does not get less, or nobody can tell. */
  readonly fullInMs: number | null;
}

const DAY_MS = 86_400_000;

/** @param sizes of the store @param free of its disk; by ms since 1970, oldest first */
export function growthOf(sizes: readonly Point[], free: readonly Point[]): Growth {
  const perMs = slope(sizes);
  const lastFree = free.at(-1)?.value ?? null;
  const lessPerMs = slope(free);
  const isLess = lessPerMs !== null && lessPerMs < 0 && lastFree !== null;
  return {
    atFirst: sizes[0]?.value ?? null,
    atLast: sizes.at(-1)?.value ?? null,
    bytesPerDay: perMs === null ? null : perMs * DAY_MS,
    freeBytes: lastFree,
    fullInMs: isLess ? lastFree / -lessPerMs : null,
  };
}
