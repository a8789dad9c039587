import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const PROGRAM = path.join(ROOT, 'out/test/bench/anomalies-process.js');
const COMMIT = 'ea702d75cc2258d9d7dd35ca8e5e2539d71f3140';
/** Of all files that are read: of the lines "SHA-256 of the file, two spaces, its path". */
const SHA256 = 'f2204c609ce335afebd4252d8031741c2bdd00ced7d73da47da9835606099d9b';
const LABELS = 'labels/combined_windows.json';
/** Standard profile, as the benchmark's README lists them. */
const PUBLISHED = [
  ['ARTime', 74.9],
  ['Numenta HTM', 70.1],
  ['CAD OSE', 69.9],
  ['earthgecko Skyline', 58.2],
  ['KNN CAD', 58.0],
  ['Relative Entropy', 54.6],
  ['Random Cut Forest', 51.7],
  ['Twitter ADVec', 47.1],
  ['Windowed Gaussian', 39.6],
  ['Etsy Skyline', 35.7],
  ['Bayesian Changepoint', 17.7],
  ['EXPoSE', 16.4],
  ['Random', 11.0],
];
const HELP = `Runs the agent's detector of anomalies over the Numenta Anomaly Benchmark, beside the published scores.

  npm run bench:anomalies -- [options]

  --data DIR   a checkout of numenta/NAB; downloaded into a cache unless told (58 series, 10 MB)

  Example: npm run bench:anomalies
`;

async function main() {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (!existsSync(PROGRAM)) run('npx', ['tsc', '-p', 'tsconfig.json']);
  const folder = values.data ?? (await download());
  check(folder);
  const found = JSON.parse(run(process.execPath, [PROGRAM, folder]));
  const rows = [...PUBLISHED, ['Bulwark', found.score]].sort(([, a], [, b]) => b - a);
  process.stdout.write(`${found.series} series, ${found.samples} samples; standard profile\n\n`);
  for (const [name, score] of rows)
    process.stdout.write(
      `${name === 'Bulwark' ? '>' : ' '} ${name.padEnd(22)} ${score.toFixed(1)}\n`,
    );
  process.stdout.write(
    `\nwindows hit: ${found.windowsHit} of ${found.windows}, at the threshold ${found.threshold.toFixed(3)}\n` +
      `false alarms a day and series: ${found.falseAlarmsADay.toFixed(2)}\n` +
      `a sample costs ${found.microsASample.toFixed(2)} µs\n`,
  );
}

/** The files, in a folder that is kept for the next time. */
async function download() {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const folder = path.join(cache, 'bulwark', `nab-${COMMIT.slice(0, 12)}`);
  await get(folder, LABELS);
  for (const name of namesIn(folder)) await get(folder, `data/${name}`);
  return folder;
}

async function get(folder, name) {
  const file = path.join(folder, name);
  if (existsSync(file)) return;
  const url = `https://raw.githubusercontent.com/numenta/NAB/${COMMIT}/${name}`;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

function namesIn(folder) {
  return Object.keys(JSON.parse(readFileSync(path.join(folder, LABELS), 'utf8'))).sort();
}

function check(folder) {
  const all = createHash('sha256');
  for (const name of [LABELS, ...namesIn(folder).map((file) => `data/${file}`)]) {
    const bytes = readFileSync(path.join(folder, name));
    all.update(`${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  }
  const digest = all.digest('hex');
  if (digest !== SHA256)
    throw new Error(`${folder} is not what was measured before: SHA-256 is ${digest}. Delete it.`);
}

function run(command, args) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return stdout;
}

await main();
