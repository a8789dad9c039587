import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

const POLL_MS = 20;
const SHOWN_OUTPUT = 2000;

/**
 * What a piece of work took.
 *
 * @typedef {{ ms: number, peakBytes: number | null }} Cost
 */

/**
 * Runs a program to its end.
 *
 * @param {readonly string[]} command
 * @param {{ cwd: string, env?: Record<string, string> }} options
 * @returns {Promise<Cost & { output: string }>} rejects when it fails
 */
export function runMeasured([program = '', ...args], { cwd, env = {} }) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let peakBytes = null;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output = (output + chunk).slice(-SHOWN_OUTPUT)));
    // The same counter for everyone, the agent too; it only ever grows, so the last look counts.
    const timer = setInterval(() => (peakBytes = peakOf(child.pid) ?? peakBytes), POLL_MS);
    child.once('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      const ms = performance.now() - began;
      clearInterval(timer);
      if (code === 0) resolve({ ms, peakBytes, output });
      else reject(new Error(`${[program, ...args].join(' ')}: ${signal ?? code}\n${output}`));
    });
  });
}

/** Peak resident memory of a process so far, bytes; null where the system does not tell. */
export function peakOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const found = /^VmHWM:\s+(\d+) kB/m.exec(status);
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}

/** Makes {@link peakOf} count from now on. */
export function resetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Then the peak is that of the whole run: more than the work took, never less.
  }
}

/** Writes out what earlier work left in the system's memory, so that nobody pays for others. */
export function settleDisk() {
  spawnSync('sync', [], { stdio: 'ignore' });
}

/** Space that a file or folder takes on disk, bytes. */
export async function diskUsage(start) {
  const stats = await lstat(start);
  let bytes = stats.blocks * 512;
  if (!stats.isDirectory()) return bytes;
  for (const name of await readdir(start)) bytes += await diskUsage(path.join(start, name));
  return bytes;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** First line that a program prints, or null when it is not there. */
export function firstLine(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? (stdout.split('\n')[0] ?? '').trim() : null;
}
