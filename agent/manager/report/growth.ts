import { slope, type Point } from '../../monitor/forecast/trend';
import type { Growth } from './period-report';

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
