import { resolve } from 'node:path';
import type { Command } from './driver';
import { introduce, lacking, runScenario, SCENARIOS } from './suite';
import { World } from './world';

const USAGE = 'usage: npm run conformance -- PROGRAM [ARGUMENT…]\n';
const AGENT = resolve(__dirname, '../../agent/main.js');

/** Tries a client out and tells what it does not do as the protocol says. @returns the exit code */
async function main(command: Command): Promise<number> {
  const say = (text: string): boolean => process.stdout.write(`${text}\n`);
  const world = await World.open(command, AGENT);
  let failed = 0;
  let passed = 0;
  try {
    const { client, version, can } = await introduce(world);
    say(`${client} ${version}`);
    for (const scenario of SCENARIOS) {
      const missing = lacking(scenario, can);
      if (missing.length > 0) {
        say(`  -  ${scenario.title} (not tried: ${missing.join(', ')})`);
        continue;
      }
      try {
        await runScenario(world, scenario);
        passed += 1;
        say(`  ok ${scenario.title}`);
      } catch (error) {
        failed += 1;
        say(`  NO ${scenario.title}\n${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await world.close();
  }
  say(`${String(passed)} as the protocol says, ${String(failed)} not`);
  return failed === 0 ? 0 : 1;
}

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else
  void main([program, ...args]).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exitCode = 1;
    },
  );
