import { ASKING } from './asking';
import { FINDING } from './finding';
import { FOLLOWING } from './following';
import { KEEPING } from './keeping';
import type { Ability, Hello } from './line-protocol';
import type { Scenario } from './scenario';
import { SERVING } from './serving';
import type { World } from './world';

/** Everything that a client is tried with. */
export const SCENARIOS: readonly Scenario[] = [
  ...FINDING,
  ...ASKING,
  ...FOLLOWING,
  ...SERVING,
  ...KEEPING,
];

/** What the client says of itself. */
export async function introduce(world: World): Promise<Hello> {
  try {
    return await world.client().hello();
  } finally {
    await world.tidy();
  }
}

/** Runs one scenario. @throws Error that says where the client departs from the protocol */
export async function runScenario(world: World, scenario: Scenario): Promise<void> {
  try {
    await scenario.run(world);
  } finally {
    await world.tidy();
  }
}

/** What a scenario needs and a client cannot do; or the system, where it makes no sense there. */
export function lacking({ needs, notOn = [] }: Scenario, can: readonly Ability[]): string[] {
  return notOn.includes(process.platform)
    ? [process.platform]
    : needs.filter((ability) => !can.includes(ability));
}
