import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

/** What to run, and how. */
export interface Launch {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The variable that git sets for its own children, and others that would point programs elsewhere. */
const NOT_PASSED = /^(?:GIT_DIR|GIT_WORK_TREE|GIT_INDEX_FILE|ELECTRON_RUN_AS_NODE|BULWARK_.*)$/;

/**
 * Starts a program as the leader of a process group of its own, so that it can be stopped with all
 * of its children. No shell; no input.
 */
export function launch({ command, cwd, env }: Launch): ChildProcess {
  const [program = '', ...args] = command;
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_PASSED.test(name));
  return spawn(program, args, {
    cwd: resolve(cwd),
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
}

/** Sends a signal to a process group that {@link launch} made. @returns whether anyone was there */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  if (process.platform === 'win32') {
    // Windows has no signals: the tree is ended.
    spawn('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore', windowsHide: true });
    return true;
  }
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
