import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const HELP = `Makes every fault of git's own files that is known, in many variations, and has each mended.

  npm run campaign:git -- [--grep TEXT]

  Prints a table: found, mended, how long it took, what was lost, what else changed. Then looks at
  over two hundred healthy repositories again and again, which must stay as they are to the last
  timestamp, and kills the agent at every step of every repair.
  Takes about an hour. Ends with 1 when something was not mended, lost or touched.
`;

const { values } = parseArgs({ options: { help: { type: 'boolean' }, grep: { type: 'string' } } });
if (values.help) process.stdout.write(HELP);
else {
  const folder = path.join(ROOT, 'out', 'test', 'faults', 'healing');
  const files = ['git-campaign', 'healthy', 'remedies-killed'].map((name) =>
    path.join(folder, `${name}.test.js`),
  );
  const mocha = path.join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const grep = values.grep === undefined ? [] : ['--grep', values.grep];
  const env = { ...process.env, BULWARK_CAMPAIGN: 'full' };
  const args = [mocha, ...files, ...grep];
  process.exitCode = spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' }).status;
}
