import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '../../support/clock';

const run = promisify(execFile);
const TIMEOUT_MS = 2_000;
/** One look at all processes is enough for whoever asks within this time, ms. */
const FRESH_MS = 1_000;

/** Processes by their group: their ids, or on systems that tell it at once what they hold, KiB. */
type Groups = ReadonlyMap<number, readonly number[]>;

/** How much memory groups of processes hold. All processes are looked through once, however many groups are asked for. */
export class GroupMemory {
  readonly #clock: Clock;
  #look: { readonly at: number; readonly groups: Promise<Groups> } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Bytes that the processes of a group hold, null where the system does not say. */
  async of(group: number): Promise<number | null> {
    if (process.platform === 'win32') return null;
    const isLinux = process.platform === 'linux';
    const now = this.#clock.monotonic();
    if (this.#look === null || now - this.#look.at >= FRESH_MS)
      this.#look = { at: now, groups: isLinux ? linuxGroups() : psGroups() };
    try {
      const found = (await this.#look.groups).get(group) ?? [];
      const weights = isLinux ? await Promise.all(found.map(residentKib)) : found;
      return weights.reduce((sum, kib) => sum + kib, 0) * 1024;
    } catch {
      return null;
    }
  }
}

async function psGroups(): Promise<Groups> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss='], { timeout: TIMEOUT_MS });
  const groups = new Map<number, number[]>();
  for (const line of stdout.split('\n')) {
    const [group = 0, kib = 0] = line.trim().split(/\s+/).map(Number);
    add(groups, group, kib);
  }
  return groups;
}

/** By field 5 of proc_pid_stat(5). */
async function linuxGroups(): Promise<Groups> {
  const groups = new Map<number, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    // The name, field 2, is in parentheses and may hold anything.
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    add(groups, group, Number(name));
  }
  return groups;
}

/** VmRSS of proc_pid_status(5); 0 when it has ended. */
async function residentKib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'latin1').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

function add(groups: Map<number, number[]>, group: number, value: number): void {
  const known = groups.get(group);
  if (known === undefined) groups.set(group, [value]);
  else known.push(value);
}
