import { wilsonLower } from '../healing/learning/arm';
import type { ExperienceMemory } from '../healing/learning/experience';
import { STRATEGIES } from '../healing/strategies';
import { incidentOfTarget } from '../healing/targets';

export { incidentOfTarget, STRATEGIES };

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
