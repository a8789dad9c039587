import type { RecoveryRecord } from '../../healing/recovery';
import { mean } from './incident-figures';
import type { Period, RecoveryFigures } from './period-report';

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
