import { parseArgs } from 'node:util';
import { nodeTool } from './run/node-tool.mjs';

const HELP = `Runs the whole agent under load: thirty worktrees, two hundred components, fifty clients,
faults every few seconds, snapshots, restores, backups and verification all the time.

  npm run soak:system -- [options]

  --minutes N  how long faults are made (30)
  --seed N     the chance (1)

  Example: npm run soak:system -- --minutes 10 --seed 7
  Ends with 1 when an operation was lost or done twice, a file is not as it was written, a client
  missed an event, an incident stays open, or (from five minutes on) memory has grown.
`;

const OPTIONS = {
  minutes: { type: 'string', default: '30' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
};

function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [minutes, seed] = [values.minutes, values.seed].map(Number);
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    console.error('--minutes needs a number above 0, --seed a whole number');
    return 2;
  }
  if (nodeTool('typescript/bin/tsc', ['-p', 'tsconfig.json']) !== 0) return 1;
  const env = {
    ...process.env,
    BULWARK_SOAK_MINUTES: String(minutes),
    BULWARK_SOAK_SEED: String(seed),
  };
  return nodeTool('mocha/bin/mocha.js', ['out/test/soak/system.test.js'], env) === 0 ? 0 : 1;
}

process.exitCode = main();
