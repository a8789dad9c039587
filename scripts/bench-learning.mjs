import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const PROGRAM = path.join(ROOT, 'out/test/bench/learning-process.js');
const HELP = `Judges what healing learns, in a simulated world: faults in random order, predict, then learn.

  npm run bench:learning -- [options]

  --seeds N   worlds, each with an order of its own (20)

  Example: npm run bench:learning -- --seeds 50
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else {
  if (!existsSync(PROGRAM)) spawnSync('npx', ['tsc', '-p', 'tsconfig.json'], { cwd: ROOT });
  const { status } = spawnSync(process.execPath, [PROGRAM, values.seeds], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
