const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/**
 * How long to wait before try number `attempt` (from 0), in milliseconds.
 * `random` gives numbers from 0 to 1; half of the wait is left to it, so that
 * the windows of one machine do not all come back at the same moment.
 */
export function backOff(attempt: number, random: () => number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 20));
  return full / 2 + (full / 2) * random();
}
