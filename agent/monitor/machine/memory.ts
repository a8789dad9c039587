import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { promisify } from 'node:util';

export interface MemoryFigures {
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** Part of the last minute in which programs waited for memory, percent; null where nobody says. */
  readonly pressure: number | null;
}

const run = promisify(execFile);

/** How much memory programs can still get. Null where it cannot be told. */
export async function memoryFigures(): Promise<MemoryFigures | null> {
  switch (process.platform) {
    case 'linux':
      return await linuxMemory();
    case 'darwin':
      return await macMemory();
    default:
      return { totalBytes: totalmem(), availableBytes: freemem(), pressure: null };
  }
}

async function linuxMemory(): Promise<MemoryFigures | null> {
  const text = await readFile('/proc/meminfo', 'latin1');
  const total = kibibytes(text, 'MemTotal');
  const available = kibibytes(text, 'MemAvailable');
  if (total === null || available === null) return null;
  return { totalBytes: total, availableBytes: available, pressure: await linuxPressure() };
}

/** Pressure stall information: `some`, average of a minute. Not every kernel has it. */
async function linuxPressure(): Promise<number | null> {
  try {
    const text = await readFile('/proc/pressure/memory', 'latin1');
    const found = /^some .*avg60=([\d.]+)/m.exec(text);
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

function kibibytes(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text);
  return found === null ? null : Number(found[1]) * 1024;
}

/** Free memory alone says nothing on a Mac: what is inactive, speculative or purgeable is available too. */
async function macMemory(): Promise<MemoryFigures | null> {
  const { stdout } = await run('vm_stat', [], { timeout: 2_000 });
  return { totalBytes: totalmem(), availableBytes: parseVmStat(stdout), pressure: null };
}

/** Bytes that programs can get, from the output of `vm_stat`. */
export function parseVmStat(text: string): number {
  const size = Number(/page size of (\d+) bytes/.exec(text)?.[1] ?? 4096);
  const pages = ['free', 'inactive', 'speculative', 'purgeable'].map((name) =>
    Number(new RegExp(`^Pages ${name}:\\s+(\\d+)\\.`, 'm').exec(text)?.[1] ?? 0),
  );
  return pages.reduce((sum, count) => sum + count, 0) * size;
}
