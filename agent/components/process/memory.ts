import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 2_000;

/** Bytes of memory that the processes of a group hold, null where the system does not say. */
export async function groupMemory(group: number): Promise<number | null> {
  try {
    if (process.platform === 'linux') return await linuxMemory(group);
    if (process.platform === 'win32') return null;
    const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss='], { timeout: TIMEOUT_MS });
    let kib = 0;
    for (const line of stdout.split('\n')) {
      const [pgid, rss] = line.trim().split(/\s+/).map(Number);
      if (pgid === group) kib += rss ?? 0;
    }
    return kib * 1024;
  } catch {
    return null;
  }
}

/** Sums VmRSS of proc_pid_status(5) over the processes whose group, field 5 of proc_pid_stat(5), it is. */
async function linuxMemory(group: number): Promise<number> {
  let kib = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    // The name, field 2, is in parentheses and may hold anything.
    if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2] !== String(group)) continue;
    const status = await readFile(`/proc/${name}/status`, 'latin1').catch(() => '');
    kib += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  }
  return kib * 1024;
}
