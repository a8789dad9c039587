import { displayName } from '../support/names';
import type { Look, Subject } from './finding';
import { LookBuilder, verdictOf } from './judge';
import type { AgentFigures } from './machine/agent-probe';
import type { DiskFigures } from './machine/disks';
import type { Usage } from './machine/limits';
import type { MachineFigures } from './machine/machine-probe';

/** Thresholds: where a fault begins, and where it is over. Parts of 1 unless told otherwise. */
const MEMORY = [0.85, 0.78] as const;
/** Percent of a minute. */
const PRESSURE = [20, 10] as const;
const DISK = [0.9, 0.85] as const;
const DISK_CRITICAL = 0.98;
const GIB = 1024 ** 3;
/** A disk that is nearly full and has more than this free is only large. */
const DISK_FREE_BYTES = 10 * GIB;
const DISK_CRITICAL_FREE_BYTES = 5 * GIB;
const LIMITS = [0.9, 0.85] as const;
const FILES = [0.8, 0.7] as const;
const LOOP_MS = [1_000, 500] as const;
/** What is too much memory for the agent, bytes. */
export const RSS_BYTES = [1.5 * GIB, 1.2 * GIB] as const;

const MACHINE: Subject = {
  kind: 'machine',
  id: 'machine',
  name: 'this machine',
  group: 'machine',
};
export const AGENT: Subject = { kind: 'agent', id: 'agent', name: 'the agent', group: 'agent' };

export function judgeMachine({ memory, watches, files }: MachineFigures): Look {
  const used = memory === null ? null : 1 - memory.availableBytes / memory.totalBytes;
  const pressure = memory?.pressure ?? 0;
  return new LookBuilder(MACHINE)
    .add(
      'machine.memory-low',
      verdictOf(used, ...MEMORY),
      `${percent(used)} of the memory is used; ${gibibytes(memory?.availableBytes)} are left`,
    )
    .add(
      'machine.memory-pressure',
      verdictOf(memory === null ? null : pressure, ...PRESSURE),
      `Programs waited for memory during ${String(Math.round(pressure))} % of the last minute`,
    )
    .add(
      'machine.watches-low',
      watches === null ? 'good' : verdictOf(watches.used / watches.limit, ...LIMITS),
      `${usage(watches)} watches of inotify are used`,
    )
    .add(
      'machine.files-low',
      files === null ? 'good' : verdictOf(files.used / files.limit, ...FILES),
      `The agent has ${usage(files)} files open`,
    ).look;
}

/** Each disk is a subject of its own. */
export function judgeDisk({ path, totalBytes, freeBytes, inodes }: DiskFigures): Look {
  const used = totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes;
  const full = verdictOf(used, ...DISK);
  const isLarge = freeBytes >= DISK_FREE_BYTES;
  const near = full === 'bad' && isLarge ? 'good' : full;
  const isCritical =
    near === 'bad' && (used >= DISK_CRITICAL || freeBytes < DISK_CRITICAL_FREE_BYTES);
  const name = displayName(path);
  const message = `The disk of ${name} is ${percent(used)} full; ${gibibytes(freeBytes)} are free`;
  const details = { path, freeBytes, totalBytes };
  const free = inodes === null ? 0 : 1 - inodes.free / inodes.total;
  return new LookBuilder(diskSubject(path))
    .add('machine.disk-full', near, message, details)
    .add(
      'machine.disk-critical',
      isCritical ? 'bad' : near === 'bad' ? 'between' : near,
      message,
      details,
    )
    .add(
      'machine.inodes-low',
      verdictOf(free, ...LIMITS),
      `${percent(free)} of the files that the disk of ${name} can hold are there`,
      { path },
    ).look;
}

export function diskSubject(path: string): Subject {
  return { kind: 'machine', id: `disk ${path}`, name: displayName(path), group: `disk ${path}` };
}

export function judgeAgent({ loopDelayMs, rssBytes }: AgentFigures): Look {
  return new LookBuilder(AGENT)
    .add(
      'agent.slow',
      verdictOf(loopDelayMs, ...LOOP_MS),
      `The agent was held up for ${String(loopDelayMs)} ms at a time`,
    )
    .add(
      'agent.memory-high',
      verdictOf(rssBytes, ...RSS_BYTES),
      `The agent takes ${gibibytes(rssBytes)} of memory`,
    ).look;
}

function percent(part: number | null): string {
  return part === null ? '?' : `${String(Math.round(part * 100))} %`;
}

function gibibytes(bytes: number | undefined): string {
  return bytes === undefined ? '?' : `${(bytes / GIB).toFixed(1)} GiB`;
}

function usage(of: Usage | null): string {
  return of === null ? '?' : `${String(of.used)} of ${String(of.limit)}`;
}
