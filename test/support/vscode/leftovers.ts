import { readFileSync, readdirSync } from 'node:fs';

import type { Clock } from '../../../agent/support/clock';
import { errnoOf } from '../../../agent/support/errors';

/**
 * The processes, other than this one, that carry `name=value` in the environment they were started
 * with, so also those that were detached from their parent. Linux only.
 */
export function processesMarked(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(wanted));
}

/**
 * Stops the processes found by `find`: asks them, and ends those that are still there after
 * `grace` milliseconds.
 */
export async function stopAll(
  find: () => number[],
  { clock, grace }: { readonly clock: Clock; readonly grace: number },
): Promise<void> {
  send(find(), 'SIGTERM');
  const end = clock.monotonic() + grace;
  while (find().length > 0) {
    if (clock.monotonic() > end) send(find(), 'SIGKILL');
    await clock.sleep(50);
  }
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }
}

function environmentOf(pid: number): string[] {
  try {
    if (/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))) return [];
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
  } catch {
    // Gone meanwhile, or another user's.
    return [];
  }
}
