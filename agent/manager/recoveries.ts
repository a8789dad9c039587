import { wilsonLower } from '../healing/learning/arm';
import type { ExperienceMemory } from '../healing/learning/experience';
import type { RecoveryRecord } from '../healing/recovery';
import { STRATEGIES } from '../healing/strategies';
import { incidentOfTarget } from '../healing/targets';
import { triggerOf } from '../healing/trigger';
import type { FaultId } from '../monitor/catalogue';

export { incidentOfTarget, STRATEGIES };

/** Whether something may be known that can be done about a fault. */
export function isRecoverable(fault: FaultId): boolean {
  return triggerOf(fault, false) !== null;
}

/** The recovery of one of these alerts that waits for a yes, or null. */
export function waitingFor(
  recoveries: readonly Pick<RecoveryRecord, 'id' | 'phase' | 'incident'>[],
  fingerprints: ReadonlySet<string>,
): string | null {
  const waiting = recoveries.find(
    ({ phase, incident: { fingerprint } }) =>
      phase === 'approval' && fingerprint !== null && fingerprints.has(fingerprint),
  );
  return waiting?.id ?? null;
}

/** What was seen of one kind of fault, and what of it helped. */
interface LearnedFault {
  readonly signature: string;
  readonly sightings: number;
  readonly strategies: {
    readonly strategy: string;
    readonly helped: number;
    readonly failed: number;
    readonly confidence: number;
  }[];
}

/** What was learned, those seen most often first; strategies best first. */
export function learnedFaults({ seen }: ExperienceMemory): LearnedFault[] {
  return Object.entries(seen)
    .map(([signature, { sightings, arms }]) => ({
      signature,
      sightings,
      strategies: Object.entries(arms)
        .map(([strategy, arm]) => ({
          strategy,
          helped: arm.helped,
          failed: arm.failed,
          confidence: wilsonLower(arm),
        }))
        .sort((a, b) => b.confidence - a.confidence),
    }))
    .sort((a, b) => b.sightings - a.sightings);
}
