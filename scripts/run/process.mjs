import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * How a program ended. `code` is its exit code, or null when it was stopped; `stopped` says why.
 *
 * @typedef {{ code: number | null, output: string, ms: number,
 *   stopped?: 'timeout' | 'interrupted' | string }} Ended
 */

/**
 * Runs a program, keeping what it prints.
 *
 * @param {readonly string[]} command the program and its arguments
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, log?: string, timeoutMs?: number,
 *   signal?: AbortSignal }} options `log` is a file that gets the output as it comes
 * @returns {Promise<Ended>} never rejects: a program that cannot be started has `stopped` set
 */
export function runCaptured([program = '', ...args], { cwd, env, log, timeoutMs, signal }) {
  const began = performance.now();
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const chunks = [];
    /** @type {Ended['stopped']} */
    let stopped;
    if (log !== undefined) mkdirSync(path.dirname(log), { recursive: true });
    const file = log === undefined ? undefined : createWriteStream(log);
    const child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that all it started can be stopped with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        chunks.push(chunk);
        file?.write(chunk);
      });
    }

    /** @param {'timeout' | 'interrupted'} why */
    const stop = (why) => {
      stopped ??= why;
      stopTree(child);
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs, 'timeout');
    const interrupt = () => stop('interrupted');
    signal?.addEventListener('abort', interrupt, { once: true });
    if (signal?.aborted) interrupt();

    /** @param {number | null} code */
    const end = (code) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      file?.end();
      const output = Buffer.concat(chunks).toString('utf8');
      const ms = performance.now() - began;
      resolve(stopped === undefined ? { code, output, ms } : { code: null, output, ms, stopped });
    };
    child.on('error', (error) => {
      stopped ??= error.message;
      end(null);
    });
    child.on('close', end);
    // A process that outlives the program may keep the pipes open for ever.
    child.on('exit', () =>
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 2000).unref(),
    );
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function stopTree(child) {
  if (child.pid === undefined || child.exitCode !== null) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f'], { windowsHide: true });
    return;
  }
  const group = -child.pid;
  signalGroup(group, 'SIGTERM');
  setTimeout(() => {
    if (child.exitCode === null && child.signalCode === null) signalGroup(group, 'SIGKILL');
  }, 10_000).unref();
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(group, signal);
  } catch {
    // It has ended by itself.
  }
}

/**
 * npm as a command. The npm that runs us when there is one: on Windows npm itself is a batch file,
 * which cannot be started directly.
 *
 * @param {readonly string[]} args
 * @returns {string[]}
 */
export function npmCommand(args) {
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.[cm]?js$/.test(script)) {
    return [process.execPath, script, ...args];
  }
  return process.platform === 'win32'
    ? [process.env.ComSpec ?? 'cmd.exe', '/d', '/s', '/c', 'npm', ...args]
    : ['npm', ...args];
}
