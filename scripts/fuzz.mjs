import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const HELP = `Looks for inputs that break what reads bytes of strangers, guided by what they reach.

  npm run fuzz -- --target messages|packs [options]

  --target NAME   messages: what clients send; packs: what the store reads back
  --seconds N     how long (60)
  --seed N        the chance (1)
  --replay FILE   only this input, which an earlier run has kept

  Example: npm run fuzz -- --target packs --seconds 600
  Inputs that reach something new are kept in test/fuzz/corpus. Ends with 1 at the first finding.
`;

const OPTIONS = {
  target: { type: 'string', default: '' },
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string', default: '1' },
  replay: { type: 'string' },
  help: { type: 'boolean', default: false },
};

function node(script, args) {
  const command = [path.join(ROOT, script), ...args];
  return spawnSync(process.execPath, command, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (![values.seconds, values.seed].every((value) => /^\d+$/.test(value))) {
    console.error('--seconds and --seed need whole numbers');
    return 2;
  }
  if (node('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.json']) !== 0) return 1;
  const how =
    values.replay === undefined
      ? [values.seconds, values.seed]
      : ['--replay', path.resolve(values.replay)];
  return node('out/test/fuzz/fuzz-process.js', [values.target, ...how]);
}

process.exitCode = main();
