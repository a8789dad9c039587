import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const AGENT = path.join(ROOT, 'dist/agent.js');
const FILES = 500;
const MIB = 1024 * 1024;
const HELP = `Measures what the agent costs while nothing happens: CPU, memory, calls of git, changed files.
Linux only. Fails when it costs more than it may.

  npm run bench:rest -- [options]

  --minutes N     how long (5)
  --worktrees N   linked worktrees of one repository with ${FILES} files (10)
  --settle N      seconds before it is measured (90): the threads of the first snapshots end after 60
  --profile       keep a CPU profile of the agent, and say where it is (Node 22 or newer)

  Example: npm run bench:rest -- --minutes 2
`;

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      worktrees: { type: 'string', default: '10' },
      settle: { type: 'string', default: '90' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (process.platform !== 'linux') throw new Error('it reads /proc, which only Linux has');
  if (values.profile && !process.allowedNodeEnvironmentFlags.has('--cpu-prof'))
    throw new Error(
      `--profile needs a newer Node: ${process.version} takes no --cpu-prof from NODE_OPTIONS`,
    );
  if (!existsSync(AGENT)) run('npx', ['webpack', '--mode', 'production'], { cwd: ROOT });
  const scratch = mkdtempSync(path.join(tmpdir(), 'bulwark-rest-'));
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' });
  const agent = startAgent(scratch, Number(values.worktrees), values.profile);
  try {
    await agent.ready;
    await pause(Number(values.settle) * 1000);
    const repositories = path.join(scratch, 'work');
    const calls = path.join(scratch, 'calls');
    const before = { cpu: cpuSeconds(agent.pid), files: stamps(repositories), calls: lines(calls) };
    const started = performance.now();
    const memory = [];
    for (const end = started + Number(values.minutes) * 60_000; performance.now() < end;) {
      await pause(Math.min(5000, Math.max(1, end - performance.now())));
      memory.push(residentBytes(agent.pid));
    }
    const seconds = (performance.now() - started) / 1000;
    const core = (100 * (cpuSeconds(agent.pid) - before.cpu)) / seconds;
    const above = (median(memory) - residentBytes(bare.pid)) / MIB;
    const processes = (60 * (lines(calls) - before.calls)) / seconds;
    const changed = differences(before.files, stamps(repositories));
    const rows = [
      ['CPU', `${core.toFixed(2)} % of a core`, core < 0.5, 'under 0.5 %'],
      ['memory', `${above.toFixed(1)} MiB above a bare Node process`, above < 50, 'under 50 MiB'],
      ['processes', `${processes.toFixed(1)} a minute`, processes <= 1, 'at most 1'],
      ['files changed in the repositories', String(changed.length), changed.length === 0, '0'],
    ];
    process.stdout.write(`${values.worktrees} worktrees, ${seconds.toFixed(0)} s at rest\n`);
    for (const [name, value, ok, goal] of rows)
      process.stdout.write(`${name.padEnd(34)} ${value}  (${goal}: ${ok ? 'met' : 'MISSED'})\n`);
    for (const file of changed.slice(0, 10)) process.stdout.write(`  changed: ${file}\n`);
    if (rows.some(([, , ok]) => !ok)) process.exitCode = 1;
  } finally {
    bare.kill();
    await agent.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function startAgent(scratch, worktrees, profile) {
  const work = path.join(scratch, 'work');
  const main = path.join(work, 'main');
  mkdirSync(main, { recursive: true });
  for (let i = 0; i < FILES; i++) {
    const folder = path.join(main, `d${i % 25}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${i}.txt`), `file ${i}\n`.repeat(100));
  }
  git(main, 'init', '-q');
  git(main, 'add', '.');
  git(main, 'commit', '-qm', 'first');
  for (let i = 1; i < worktrees; i++)
    git(main, 'worktree', 'add', '-q', '-b', `b${i}`, path.join(work, `w${i}`));
  // The agent finds this git first, which counts how often it is called.
  const bin = path.join(scratch, 'bin');
  const real = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
  mkdirSync(bin);
  writeFileSync(
    path.join(bin, 'git'),
    `#!/bin/sh\necho "$*" >> '${path.join(scratch, 'calls')}'\nexec ${real} "$@"\n`,
  );
  chmodSync(path.join(bin, 'git'), 0o755);
  const env = {
    ...process.env,
    BULWARK_HOME: path.join(scratch, 'home'),
    PATH: `${bin}:${process.env.PATH}`,
  };
  // Of this one and of the commands that ask it; the file's name tells the process.
  const profiles = path.join(tmpdir(), 'bulwark-prof');
  if (profile) env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${profiles}`;
  // Not in the foreground: the agent is measured as everybody has it, with the flags of its launch.
  run(process.execPath, [AGENT, 'start', main], { env });
  const { pid } = statusOf(env).agent;
  const ready = until(() => {
    const found = statusOf(env).worktrees;
    return found.length === worktrees && found.every(({ lastSnapshot }) => lastSnapshot !== null);
  }, 'the agent did not take up the worktrees');
  return {
    pid,
    ready,
    stop: async () => {
      spawnSync(process.execPath, [AGENT, 'stop'], { env });
      await until(() => !existsSync(`/proc/${pid}`), 'the agent did not leave');
      if (profile) process.stdout.write(`profile: ${profiles}, of process ${pid}\n`);
    },
  };
}

function statusOf(env) {
  const { stdout } = spawnSync(process.execPath, [AGENT, 'status', '--json'], { env });
  return JSON.parse(stdout.toString('utf8'));
}

async function until(isSo, otherwise) {
  for (let tries = 0; tries < 60; tries++) {
    if (isSo()) return;
    await pause(500);
  }
  throw new Error(otherwise);
}

function git(cwd, ...args) {
  run('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd });
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { ...options, stdio: 'ignore' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${status}`);
}

/** Of the whole process, all its threads; not of its children. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

function lines(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/** Everything below a folder by path, with what would tell of a change. */
function stamps(folder) {
  const found = new Map();
  for (const name of readdirSync(folder, { recursive: true })) {
    const { ino, size, mtimeMs, ctimeMs } = lstatSync(path.join(folder, name));
    found.set(name, [ino, size, mtimeMs, ctimeMs].join());
  }
  return found;
}

function differences(before, after) {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

await main();
