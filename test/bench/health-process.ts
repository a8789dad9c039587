import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AlertBook } from '../../agent/monitor/alerts/alert-book';
import type { Moment } from '../../agent/monitor/alerts/machine';
import type { Look } from '../../agent/monitor/finding';
import { HealthMonitor } from '../../agent/monitor/health-monitor';
import type { WatchedSource } from '../../agent/monitor/watched-source';
import { judgeComponent } from '../../agent/monitor/judge-component';
import { LookBuilder } from '../../agent/monitor/judge';
import { WorktreeStatuses } from '../../agent/monitor/worktree-status';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { discover } from '../../agent/worktrees/discovery';
import { Git } from '../../agent/worktrees/git';

const WORKTREES = 30;
const COMPONENTS = 200;
const FILES = 20;
/** Alerts in flight, each of one part of these many components. */
const ALERTS = 10_000;
const SUBJECTS = 2_000;
const ROUNDS_OF_ALERTS = 40;
/** Of a component: its checks come only when they are asked for. */
const RARELY = { intervalMs: 3_600_000 };

const portsShape = z.object({ http: z.number(), tcp: z.number() });

/**
 * Measures the health monitor over real worktrees and real targets: `health-process.js CYCLES`.
 * Prints one JSON object: milliseconds, as lists that whoever asked makes quantiles of.
 */
async function main(): Promise<void> {
  const cycles = Number(process.argv[2] ?? '50');
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-bench-health-')));
  const targets = fork(__filename, ['targets'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const ports = await new Promise<unknown>((resolve) => targets.once('message', resolve));
    const measured = await measure(root, cycles, portsShape.parse(ports));
    const result = { ...measured, decisions: decisions(), ...sizes() };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    targets.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

function sizes(): Record<string, number> {
  return { worktrees: WORKTREES, components: COMPONENTS, alerts: ALERTS };
}

interface Measured {
  /** Of each cycle: the look at everything and all checks, without the time of their targets; CPU. */
  readonly cycles: number[];
  readonly cpu: number[];
  /** Of each component in each cycle: check, judgement and samples, without the target's time. */
  readonly collections: number[];
  /** Of each worktree: a look at all of git's files. */
  readonly looks: number[];
}

async function measure(
  root: string,
  cycles: number,
  ports: { readonly http: number; readonly tcp: number },
): Promise<Measured> {
  const clock = systemClock;
  const git = new Git({ clock, log: silentLog });
  const sources = await makeWorktrees(git, join(root, 'work'));
  const home = join(root, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'there'), '');
  writeFileSync(join(home, 'bulwark.json'), JSON.stringify({ components: describe(ports) }));
  const health = await HealthMonitor.open({
    home,
    clock,
    log: silentLog,
    git,
    statuses: new WorktreeStatuses({ git, clock, log: silentLog }),
    sources: () => sources,
    store: () => ({ packBytes: 0, packs: 0, journalRecords: 0 }),
  });
  const targetMs = new Map<string, number>();
  health.components.onChecked.on(({ id, ms }) => targetMs.set(id, ms));
  const found: Measured = { cycles: [], cpu: [], collections: [], looks: [] };
  try {
    await health.refreshSettings();
    while (health.components.list().some(({ state }) => state.kind !== 'up')) await clock.sleep(50);
    for (let cycle = 0; cycle < cycles; cycle++) await oneCycle(health, targetMs, found);
    for (const { id } of sources) {
      const start = performance.now();
      await health.worktrees.look(id);
      found.looks.push(performance.now() - start);
    }
  } finally {
    await health.close();
  }
  return found;
}

/** Four turns, of which one looks at everything, and one check of each component. */
async function oneCycle(
  health: HealthMonitor,
  targetMs: ReadonlyMap<string, number>,
  found: Measured,
): Promise<void> {
  const cpu = process.cpuUsage();
  let start = performance.now();
  for (let turn = 0; turn < 4; turn++) await health.takeTurn();
  let total = performance.now() - start;
  for (const { id } of health.components.list()) {
    start = performance.now();
    await health.components.check(id);
    const checked = performance.now() - start - (targetMs.get(id) ?? 0);
    start = performance.now();
    judgeComponent(health.components.view(id));
    found.collections.push(checked + performance.now() - start);
    total += checked;
  }
  const { user, system } = process.cpuUsage(cpu);
  found.cycles.push(total);
  found.cpu.push((user + system) / 1_000);
}

function describe({ http, tcp }: { readonly http: number; readonly tcp: number }): object {
  const url = `http://127.0.0.1:${String(http)}/`;
  const kinds = [
    { kind: 'http', url },
    { kind: 'tcp', port: tcp },
    { kind: 'file', path: 'there' },
    { kind: 'http', url },
  ];
  const names = Array.from({ length: COMPONENTS }, (_, i): [string, object] => [
    `c${String(i)}`,
    i < 4
      ? {
          kind: 'process',
          command: [process.execPath, '-e', 'setInterval(() => {}, 1e9)'],
          maxMemoryBytes: 2 ** 40,
          health: { kind: 'file', path: 'there' },
          ...RARELY,
        }
      : { ...kinds[i % kinds.length], ...RARELY },
  ]);
  return Object.fromEntries<object>(names);
}

async function makeWorktrees(git: Git, root: string): Promise<WatchedSource[]> {
  const main = join(root, 'main');
  mkdirSync(main, { recursive: true });
  const run = (...args: string[]): void => {
    const named = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args];
    execFileSync('git', named, { cwd: main, stdio: 'ignore' });
  };
  for (let i = 0; i < FILES; i++)
    writeFileSync(join(main, `${String(i)}.txt`), `file ${String(i)}\n`);
  run('init', '-q');
  run('add', '.');
  run('commit', '-qm', 'first');
  for (let i = 1; i < WORKTREES; i++)
    run('worktree', 'add', '-q', '-b', `b${String(i)}`, join(root, `w${String(i)}`));
  const found = await discover(git, main);
  if (found.kind === 'folder') throw new Error('no repository was made');
  return found.worktrees.map((worktree, i) => ({
    id: String(i),
    path: worktree.path,
    worktree,
    failing: null,
    newestAt: null,
    behindMs: 0,
    excluded: 0,
  }));
}

/** With so many alerts firing: from a look that finds one fault more until it is known whom to tell, ms. */
function decisions(): number[] {
  const now: Moment = { mono: 0, wall: 0 };
  const later = (ms: number): Moment => ({ mono: now.mono + ms, wall: now.wall + ms });
  const book = new AlertBook(now);
  for (let i = 0; i < SUBJECTS; i++) book.observe(lookAt(i, ALERTS / SUBJECTS), now);
  book.tick(later(60_000));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS_OF_ALERTS; round++) {
    const at = later(120_000 + round * 2_500);
    const start = performance.now();
    book.observe(lookAt(round, ALERTS / SUBJECTS + 1), at);
    book.tick(at);
    times.push(performance.now() - start);
  }
  return times;
}

function lookAt(number: number, parts: number): Look {
  const id = `c${String(number)}`;
  const group = `components of ${String(number % 100)}`;
  const builder = new LookBuilder({ kind: 'component', id, name: id, group });
  // Every tenth is what the nine after it depend on.
  const dependsOn = number % 10 === 0 ? '' : `c${String(number - (number % 10))}`;
  for (let part = 0; part < parts; part++)
    builder.find('component.down', String(part), `${id} is down`, { dependsOn });
  return builder.look;
}

/** What is checked, in a process of its own. */
async function serve(): Promise<void> {
  const { createServer } = await import('node:http');
  const net = await import('node:net');
  const servers = [
    createServer((_, answer) => answer.end('ok')),
    net.createServer((socket) => socket.on('error', () => undefined).end()),
  ];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    ports.push(address !== null && typeof address === 'object' ? address.port : 0);
  }
  const [http, tcp] = ports;
  process.send?.({ http, tcp });
}

void (process.argv[2] === 'targets' ? serve() : main());
