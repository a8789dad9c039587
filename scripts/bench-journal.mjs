import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const PROGRAM = path.join(ROOT, 'out/test/bench/journal-process.js');
const SMALL_FILES = 200;
const HELP = `Measures the journal: what an event costs, and how long until a change is durable.

  npm run bench:journal -- [options]

  --tree DIR      the tree; a copy of it is used. ${SMALL_FILES} small files unless told
  --count N       changes (200)
  --scratch DIR   where the copy is made and removed again (${tmpdir()})

  Example: npm run bench:journal -- --tree ~/src/linux --count 100
`;

function main() {
  const { values } = parseArgs({
    options: {
      tree: { type: 'string' },
      count: { type: 'string', default: '200' },
      scratch: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (!existsSync(PROGRAM)) run('npx', ['tsc', '-p', 'tsconfig.json'], { cwd: ROOT });
  const scratch = mkdtempSync(path.join(values.scratch, 'bulwark-bench-'));
  try {
    const tree = path.join(scratch, 'tree');
    if (values.tree === undefined) smallTree(tree);
    else run('cp', ['-a', path.resolve(values.tree), tree]);
    const text = run(process.execPath, [PROGRAM, tree, values.count]);
    report(JSON.parse(text));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(command, args, options = {}) {
  const { status, stdout, error } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return stdout;
}

function smallTree(tree) {
  mkdirSync(tree);
  for (let i = 0; i < SMALL_FILES; i++) {
    const folder = path.join(tree, `d${i % 20}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${i}.txt`), `file ${i}\n`.repeat(50));
  }
}

function report({ firstMs, append, fromWrite, fromEvent, storedBytes }) {
  const rows = [
    ['an event, for whoever tells of it', append],
    ['from the watcher’s event until durable', fromEvent],
    ['from the write until durable', fromWrite],
  ];
  process.stdout.write(`first snapshot: ${(firstMs / 1000).toFixed(1)} s\n`);
  for (const [name, values] of rows)
    process.stdout.write(
      `${name.padEnd(40)} p50 ${ms(values, 0.5)}  p99 ${ms(values, 0.99)}  most ${ms(values, 1)}\n`,
    );
  process.stdout.write(
    `stored for a change: median ${Math.round(quantile(storedBytes, 0.5))} bytes\n`,
  );
}

function ms(values, q) {
  return `${quantile(values, q).toFixed(3)} ms`;
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

main();
