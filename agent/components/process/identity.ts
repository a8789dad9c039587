import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 2_000;

/**
 * What tells a process from a later one with the same id: when it was started. Null where there is
 * no such process, or where the system does not say: then it is nobody's.
 */
export async function identityOf(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') return await linuxIdentity(pid);
    if (process.platform === 'win32') return null;
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      timeout: TIMEOUT_MS,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim() === '' ? null : stdout.trim();
  } catch {
    return null;
  }
}

/** Field 22 of proc_pid_stat(5), in ticks since the boot that is named with it. */
async function linuxIdentity(pid: number): Promise<string | null> {
  const [text, boot] = await Promise.all([
    readFile(`/proc/${String(pid)}/stat`, 'latin1'),
    readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
  ]);
  // The name, field 2, is in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const started = fields[19];
  return started === undefined || state === 'Z' ? null : `${boot.trim()}:${started}`;
}
