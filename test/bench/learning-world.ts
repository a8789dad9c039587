import { cataloguePrior, STRATEGIES } from '../../agent/healing/strategies';
import { WAIT } from '../../agent/healing/learning/experience';
import { signatureOf, type Signature } from '../../agent/healing/learning/signature';

/** One kind of fault of the simulated world, with what really helps. */
export interface SimulatedFault {
  readonly fault: string;
  readonly signature: Signature;
  /** The strategy that helps. */
  readonly truth: string;
  /** How likely it clears by itself while a strategy is tried. */
  readonly clears: number;
}

/** What may be done by itself: everything but what needs a person. */
export const ALLOWED: readonly string[] = [
  ...STRATEGIES.map(({ id }) => id).filter(
    (id) =>
      !['rollback_changes', 'restore_backup', 'emergency_shutdown', 'repair_store'].includes(id),
  ),
  'own:first',
  'own:second',
].slice(0, 12);
/** What needs a person, in this world: using it unasked is harm. */
export const HARMFUL: readonly string[] = ['rollback_changes', 'emergency_shutdown'];

/** How often the strategy that helps does, and any other. */
const HELPS = 0.95;
const HELPS_BY_CHANCE = 0.02;
const FAULTS = ['down', 'failed', 'slow', 'errors', 'memory-high'] as const;
const TEXTS = 8;

/** @param usual how often what helps is what the catalogue expects most, 0 to 1 */
export function makeWorld(random: () => number, usual: number): SimulatedFault[] {
  const real = ALLOWED.filter((id) => id !== WAIT);
  return FAULTS.flatMap((name) =>
    Array.from({ length: TEXTS }, (_, text): SimulatedFault => {
      const fault = `component.${name}`;
      const truth = random() < usual ? expected(fault, real) : pick(real, random);
      return {
        fault,
        signature: signatureOf({
          trigger: 'component-down',
          kind: `process ${fault}`,
          text: `says ${'abcdefgh'.charAt(text).repeat(3)}`,
        }),
        truth,
        clears: random() < 0.25 ? 0.3 : 0.02,
      };
    }),
  );
}

function expected(fault: string, among: readonly string[]): string {
  const mean = (id: string): number => {
    const prior = cataloguePrior(fault, 'process', id);
    return prior === null ? 0 : prior.helped / (prior.helped + prior.failed);
  };
  return among.toSorted((a, b) => mean(b) - mean(a))[0] ?? WAIT;
}

export function pick<T>(from: readonly T[], random: () => number): T {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
}

/** Whether a strategy helps this time. */
export function outcome(
  { truth, clears }: SimulatedFault,
  strategy: string,
  random: () => number,
): boolean {
  if (random() < clears) return true;
  return random() < (strategy === truth ? HELPS : strategy === WAIT ? 0 : HELPS_BY_CHANCE);
}
