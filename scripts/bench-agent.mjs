import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AGENT, build, COMPILED, ROOT } from './bench/build.mjs';
import { Bulwark } from './bench/bulwark.mjs';
import { median } from './bench/measure.mjs';
import { describeMachine, writePage } from './bench/report.mjs';
import { fanOut, requestsPerSecond, Wire } from './bench/wire.mjs';

const require = createRequire(import.meta.url);
const FILES = 200;
const CLIENTS = 50;
const PAGE = path.join(ROOT, 'docs/performance-of-the-agent.md');
/** One connection may send 4000 requests at once; beyond them its rate is limited. */
const BURST = 3500;
const HELP = `Measures how fast the agent answers, tells events and starts, and the memory that worktrees take.

  npm run bench:agent -- [options]

  --runs N        the medians count (3)
  --worktrees L   for the memory; the last also for the start (0,10,30)
  --events N      that are told to ${CLIENTS} clients (200)
  --write         put the tables into docs/performance-of-the-agent.md

  Example: npm run bench:agent -- --runs 1 --worktrees 0,5
`;

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '3' },
      worktrees: { type: 'string', default: '0,10,30' },
      events: { type: 'string', default: '200' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const numbers = values.worktrees.split(',').map(Number);
  const [runs, events] = [Number(values.runs), Number(values.events)];
  build(AGENT);
  const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'bulwark-bench-')));
  const machine = describeMachine(scratch);
  try {
    const rows = [];
    for (const worktrees of numbers) {
      const last = worktrees === numbers.at(-1);
      rows.push(...(await measure(scratch, worktrees, { runs, events, last })));
    }
    const table = tableOf(rows);
    process.stdout.write(`${table}\n`);
    if (values.write) await writePage(PAGE, pageOf(table, machine, runs));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measure(scratch, worktrees, { runs, events, last }) {
  const place = path.join(scratch, String(worktrees));
  const main = makeWorktrees(place, worktrees);
  const home = path.join(place, 'home');
  const agent = new Bulwark({ agentScript: AGENT, compiled: COMPILED, home });
  const rows = [];
  await agent.start();
  try {
    if (worktrees > 0) await agent.protect(main);
    const wire = await connect(home, 'asks');
    const rate = await times(runs, () => requestsPerSecond(wire, 'agent/status', BURST), 2500);
    rows.push([`agent/status a second, ${worktrees} worktrees`, rate, '/s', 10_000, 'least']);
    if (worktrees === 0) {
      const list = await times(runs, () => requestsPerSecond(wire, 'worktree/list', BURST), 2500);
      rows.push(['worktree/list a second, 0 worktrees', list, '/s', 10_000, 'least']);
    }
    wire.close();
    if (process.platform === 'linux')
      rows.push([`memory, ${worktrees} worktrees`, await memory(home), 'MiB', null, '']);
    if (!last) return rows;
    const wires = [];
    for (let i = 0; i < CLIENTS; i++) wires.push(await connect(home, `client ${i}`));
    const took = (await fanOut(wires, events)).sort((a, b) => a - b);
    for (const one of wires) one.close();
    for (const q of [50, 99])
      rows.push([
        `an event until ${CLIENTS} clients have it, p${q}`,
        took[Math.floor((took.length * q) / 100)],
        'ms',
        q === 99 ? 50 : null,
        'most',
      ]);
    const starts = await times(runs, async () => {
      await agent.stop();
      return agent.start();
    });
    rows.push([`start until it answers, ${worktrees} worktrees known`, starts, 'ms', 500, 'most']);
    return rows;
  } finally {
    await agent.stop();
  }
}

/** A repository with linked worktrees. @returns its main worktree, or where it would be */
function makeWorktrees(place, count) {
  const main = path.join(place, 'w0');
  mkdirSync(main, { recursive: true });
  if (count === 0) return main;
  for (let i = 0; i < FILES; i++) {
    const folder = path.join(main, `d${i % 20}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${i}.txt`), `file ${i}\n`.repeat(100));
  }
  git(main, 'init', '-q');
  git(main, 'add', '.');
  git(main, 'commit', '-qm', 'first');
  for (let i = 1; i < count; i++)
    git(main, 'worktree', 'add', '-q', '-b', `b${i}`, path.join(place, `w${i}`));
  return main;
}

function git(cwd, ...args) {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  const { status, error } = spawnSync('git', [...identity, ...args], { cwd, stdio: 'ignore' });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args[0]} ended with ${status}`);
}

async function discoveryOf(home) {
  const { readDiscovery } = require(path.join(COMPILED, 'agent/protocol/discovery.js'));
  return readDiscovery(home);
}

async function connect(home, name) {
  return Wire.open(await discoveryOf(home), name);
}

/** Of the agent's process, when it has been left alone for a while, MiB. */
async function memory(home) {
  const { pid } = await discoveryOf(home);
  const seen = [];
  for (let i = 0; i < 10; i++) {
    await pause(1000);
    seen.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
  }
  return median(seen);
}

/** The median of some runs. @param rest ms between two */
async function times(runs, work, rest = 0) {
  const figures = [];
  for (let i = 0; i < runs; i++) {
    figures.push(await work());
    await pause(rest);
  }
  return median(figures);
}

function tableOf(rows) {
  const body = rows.map(([title, value, unit, goal, kind]) => {
    const met = goal === null || (kind === 'least' ? value >= goal : value <= goal);
    const told =
      goal === null ? '' : `${kind === 'least' ? 'at least' : 'at most'} ${goal} ${unit}`;
    return [
      title,
      `${Math.round(value)} ${unit}`,
      told,
      goal === null ? '' : met ? 'yes' : '**no**',
    ];
  });
  const all = [['what', 'measured', 'goal', 'met'], ...body];
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(all[0]), rule, ...all.slice(1).map(line)].join('\n');
}

function pageOf(table, machine, runs) {
  return `# Performance of the agent

\`npm run bench:agent -- --write\` wrote this; \`--help\` lists its options. Medians of ${runs} runs, with the
built agent, over its socket. Absolute figures belong to this machine.

${table}

| what        | value |
| ----------- | ----- |
| date        | ${new Date().toISOString().slice(0, 10)} |
| processor   | ${machine.cpu}, ${machine.cores} cores |
| disk        | ${machine.disk.fileSystem} |
| system      | ${machine.system}, Node ${machine.node} |
| load before | ${machine.loadAtStart.toFixed(1)} |

- **a second**: ${BURST} requests on one connection, 48 at a time: within the burst that a connection may
  send. Over a longer time a connection is held to 2000 messages a second ([PROTOCOL.md](PROTOCOL.md#messages)).
- **an event**: from a client's request that causes it until a client has it; of all events and clients.
- **start**: from the start of the process until a client has connected and been answered, with the
  store of before.
- **memory**: resident, of the whole process, when nothing was asked for ten seconds; linked worktrees of
  one repository with ${FILES} files.
`;
}

await main();
