import type { RecoveryRecord } from '../../healing/recovery';
import { mean, type Period } from './incident-figures';

/** Recoveries that began in a time. */
export interface RecoveryFigures {
  readonly count: number;
  /** Something was done, and it helped. */
  readonly healed: number;
  /** It went away before anything was done. */
  readonly cleared: number;
  /** Nothing helped: taken back, or left to a person. */
  readonly failed: number;
  /** Under way, or waiting for a yes. */
  readonly open: number;
  /** Of those in which something was done, the part that helped, from 0 to 1; null of none. */
  readonly success: number | null;
  /** Until it was healed, on average, ms; null of none. */
  readonly meanMs: number | null;
}

export function recoveryFigures(
  all: readonly Pick<RecoveryRecord, 'phase' | 'startedAt' | 'endedAt'>[],
  { from, to }: Period,
): RecoveryFigures {
  const begun = all.filter(({ startedAt }) => startedAt >= from && startedAt < to);
  const of = (...phases: RecoveryRecord['phase'][]): typeof begun =>
    begun.filter(({ phase }) => phases.includes(phase));
  const healed = of('healed');
  // It helped, and somebody wanted it otherwise.
  const undone = of('undone').length;
  const failed = of('person', 'rolled-back').length;
  const done = healed.length + undone + failed;
  return {
    count: begun.length,
    healed: healed.length + undone,
    cleared: of('cleared').length,
    failed,
    open: of('queued', 'running', 'approval').length,
    success: done === 0 ? null : (healed.length + undone) / done,
    meanMs: mean(healed.map(({ startedAt, endedAt }) => (endedAt ?? startedAt) - startedAt)),
  };
}
