import { resolve } from 'node:path';
import type { Command } from '../../../clients/conformance/driver';
import type { Ability } from '../../../clients/conformance/line-protocol';
import { introduce, lacking, runScenario, SCENARIOS } from '../../../clients/conformance/suite';
import { World } from '../../../clients/conformance/world';

/** The checkout, seen from what this is compiled to. */
export const ROOT = resolve(__dirname, '../../../..');
/** The agent's program. */
export const AGENT = resolve(__dirname, '../../../agent/main.js');

/**
 * A test for each scenario of the conformance suite that a client can do.
 * @param command starts its driver; null where this machine lacks what it needs
 * @param can what it must say of itself
 * @param needs what it needs, for the titles
 */
export function conforms(
  command: Command | null,
  can: readonly Ability[],
  needs: string | null = null,
): void {
  let world: World | null = null;

  before(async function () {
    this.timeout(120_000);
    if (command === null) return;
    world = await World.open(command, AGENT);
    const said = await introduce(world);
    const missing = can.filter((ability) => !said.can.includes(ability));
    if (missing.length > 0) throw new Error(`it says that it cannot: ${missing.join(', ')}`);
  });

  after(async () => {
    await world?.close();
  });

  for (const scenario of SCENARIOS.filter((one) => lacking(one, can).length === 0))
    it(needs === null ? scenario.title : `${scenario.title} (needs ${needs})`, async function () {
      this.timeout(120_000);
      if (world === null) this.skip();
      await runScenario(world, scenario);
    });
}
