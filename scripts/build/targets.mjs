import { existsSync, readFileSync } from 'node:fs';

/**
 * A platform that the agent's native parts exist for. `vsce` is VS Code's name of it; the other
 * three are npm's (`libc` only where there is a choice).
 *
 * @typedef {{ vsce: string, os: string, cpu: string, libc?: 'glibc' | 'musl' }} Target
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  { vsce: 'linux-x64', os: 'linux', cpu: 'x64', libc: 'glibc' },
  { vsce: 'linux-arm64', os: 'linux', cpu: 'arm64', libc: 'glibc' },
  { vsce: 'alpine-x64', os: 'linux', cpu: 'x64', libc: 'musl' },
  { vsce: 'darwin-x64', os: 'darwin', cpu: 'x64' },
  { vsce: 'darwin-arm64', os: 'darwin', cpu: 'arm64' },
  { vsce: 'win32-x64', os: 'win32', cpu: 'x64' },
];

/**
 * The C library of this process, or undefined where that is no question.
 *
 * @returns {'glibc' | 'musl' | undefined}
 */
export function currentLibc() {
  if (process.platform !== 'linux') return undefined;
  try {
    if (existsSync('/usr/bin/ldd')) {
      return readFileSync('/usr/bin/ldd', 'utf8').includes('musl') ? 'musl' : 'glibc';
    }
  } catch {
    // Fall through to what the process itself reports.
  }
  const header = process.report.getReport().header;
  return header.glibcVersionRuntime ? 'glibc' : 'musl';
}

/**
 * The target that this machine is, or undefined when no native parts exist for it.
 *
 * @returns {Target | undefined}
 */
export function currentTarget() {
  const libc = currentLibc();
  return TARGETS.find(
    (target) =>
      target.os === process.platform && target.cpu === process.arch && target.libc === libc,
  );
}
