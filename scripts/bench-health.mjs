import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, writePage } from './bench/report.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const PROGRAM = path.join(ROOT, 'out/test/bench/health-process.js');
const PAGE = path.join(ROOT, 'docs/performance-of-health.md');
const INTERVAL_MS = 10_000;
const HELP = `Measures what the health monitor costs, with 30 worktrees, 200 components and 10,000 alerts.
Fails where a limit is broken.

  npm run bench:health -- [options]

  --cycles N   cycles of checks (50)
  --write      put the table into docs/performance-of-health.md

  Example: npm run bench:health -- --cycles 100 --write
`;

async function main() {
  const { values } = parseArgs({
    options: {
      cycles: { type: 'string', default: '50' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (!existsSync(PROGRAM)) run('npx', ['tsc', '-p', 'tsconfig.json']);
  const machine = describeMachine(tmpdir());
  const measured = JSON.parse(run(process.execPath, [PROGRAM, values.cycles]));
  const rows = judge(measured);
  const table = grid(rows);
  process.stdout.write(table);
  if (values.write) await writePage(PAGE, page({ table, measured, machine }));
  if (rows.some(({ ok }) => ok === false)) process.exitCode = 1;
}

function run(command, args) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return stdout;
}

function judge({ cycles, cpu, collections, looks, decisions }) {
  const row = (what, values, limit) => {
    const judged = limit === undefined ? null : limit.of(values);
    return {
      what,
      p50: ms(quantile(values, 0.5)),
      p99: ms(quantile(values, 0.99)),
      mean: ms(mean(values)),
      limit: limit === undefined ? '' : `${limit.name} ${limit.ms} ms`,
      ok: judged === null ? null : judged <= limit.ms,
    };
  };
  const p99 = (most) => ({ name: 'p99', ms: most, of: (values) => quantile(values, 0.99) });
  const average = (most) => ({ name: 'mean', ms: most, of: mean });
  return [
    row('a cycle, beyond the targets’ own time', cycles, p99(200)),
    row('CPU of a cycle', cpu),
    row('collecting one component’s figures', collections, p99(100)),
    row('from a sample to who is told', decisions, average(50)),
    row('a look at one worktree', looks),
  ];
}

function grid(rows) {
  const head = ['what', 'p50', 'p99', 'mean', 'limit', 'kept'];
  const lines = rows.map(({ what, p50, p99, mean: average, limit, ok }) => [
    ...[what, p50, p99, average, limit],
    ok === null ? '' : ok ? 'yes' : '**no**',
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...lines].map((one) => one[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...lines].map(line).join('');
}

function page({ table, measured, machine }) {
  const { worktrees, components, alerts, cycles, cpu } = measured;
  const share = ((100 * mean(cpu)) / INTERVAL_MS).toFixed(1);
  return `# Performance of health

\`npm run bench:health -- --write\` wrote this; \`--help\` lists its options. ${worktrees} worktrees of one
repository, ${components} components (http, tcp, files, and processes whose memory is weighed), ${alerts.toLocaleString('en')}
alerts that fire; ${cycles.length} cycles, on ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node},
load ${machine.loadAtStart.toFixed(1)}, ${new Date().toISOString().slice(0, 10)}. Absolute figures belong to this machine.

${table}
- **a cycle** is what the monitor does in 10 seconds: four turns, of which one looks at the machine, the
  agent, all components and all rules, and one check of each component. What a target takes to answer is
  left out. Its CPU is ${share} % of a core where a cycle comes every 10 s.
- **collecting** is the check of a component, without its target's time, and what is made of it.
- **from a sample** which finds one fault more, until it is decided who is told of what, causes and
  consequences included.
- **a look** at a worktree reads git's own files for all faults; it comes after events, not in each cycle.
`;
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

await main();
