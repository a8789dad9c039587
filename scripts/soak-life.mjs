import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeTool } from './run/node-tool.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const HELP = `Lets a store live through whatever chance brings, beside a model that knows every byte.

  npm run soak:life -- [options]

  --seed N     the chance; a life of the same seed is the same again (1)
  --steps N    how long it lives (2000)
  --lives N    so many lives, of this seed and the next ones (1)

  Example: npm run soak:life -- --seed 7 --steps 5000
  Ends with 1 at the first life in which something was lost, and says how to live it again.
`;

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  steps: { type: 'string', default: '2000' },
  lives: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
};

function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [seed, steps, lives] = [values.seed, values.steps, values.lives].map(Number);
  if (![seed, steps, lives].every((value) => Number.isInteger(value) && value >= 0)) {
    console.error('--seed, --steps and --lives need whole numbers');
    return 2;
  }
  const compiled = nodeTool('typescript/bin/tsc', ['-p', 'tsconfig.json']);
  if (compiled !== 0 || !existsSync(path.join(ROOT, 'out'))) return 1;
  for (let turn = 0; turn < lives; turn++) {
    const env = {
      ...process.env,
      BULWARK_LIFE_SEED: String(seed + turn),
      BULWARK_LIFE_STEPS: String(steps),
    };
    const status = nodeTool('mocha/bin/mocha.js', ['out/test/faults/random-life.test.js'], env);
    if (status !== 0) return 1;
  }
  return 0;
}

process.exitCode = main();
