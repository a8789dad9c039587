import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { runCli } from '../../agent/cli/cli';
import type { Child, ChildEnd, CliEnvironment, StopSignal } from '../../agent/cli/environment';
import { Rescue } from '../../agent/protection/recovery/rescue';
import { systemClock } from '../../agent/support/clock';
import { Emitter } from '../../agent/support/emitter';
import { silentLog } from '../../agent/support/log';

/** A stream that keeps what is written to it, and can pretend to be a terminal. */
export class TextSink extends Writable {
  readonly isTTY: boolean;
  columns = 120;
  rows = 30;
  text = '';
  readonly #changed = new Emitter<void>();

  constructor({ tty = false }: { tty?: boolean } = {}) {
    super({ decodeStrings: false });
    this.isTTY = tty;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk);
    this.#changed.emit();
    done();
  }

  /** Resolves as soon as what was written holds `expected`. */
  async waitFor(expected: string | RegExp): Promise<void> {
    const isThere = (): boolean =>
      typeof expected === 'string' ? this.text.includes(expected) : expected.test(this.text);
    if (isThere()) return;
    await new Promise<void>((resolve) => {
      const listening = this.#changed.on(() => {
        if (!isThere()) return;
        listening.dispose();
        resolve();
      });
    });
  }
}

export interface CliRunOptions {
  readonly home: string;
  readonly cwd: string;
  /** Whether all three streams are a terminal. */
  readonly tty?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly homedir?: string;
  readonly platform?: NodeJS.Platform;
  readonly runChild?: CliEnvironment['runChild'];
  readonly version?: string;
  readonly agentScript?: string;
  readonly runAgent?: CliEnvironment['runAgent'];
}

/** One run of the command line inside the test. */
export interface CliRun {
  readonly stdin: PassThrough;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** The exit code. */
  readonly code: Promise<number>;
  signal(name: StopSignal): void;
}

/** Starts `bulwark …argv`. */
export function startCli(argv: readonly string[], options: CliRunOptions): CliRun {
  const { home, cwd, tty = false } = options;
  const stdin = Object.assign(new PassThrough(), { isTTY: tty });
  const stdout = new TextSink({ tty });
  const stderr = new TextSink({ tty });
  const signals = new Emitter<StopSignal>();
  const code = runCli(argv, {
    stdin,
    stdout,
    stderr,
    env: { ...process.env, BULWARK_HOME: home, NO_COLOR: '1', TERM: 'xterm', ...options.env },
    cwd,
    homedir: options.homedir ?? '/home/someone',
    platform: options.platform ?? process.platform,
    clock: systemClock,
    version: options.version ?? '0.1.0',
    execPath: process.execPath,
    agentScript: options.agentScript ?? '/nowhere/agent.js',
    rescue: new Rescue({
      script: options.agentScript ?? '/nowhere/agent.js',
      clock: systemClock,
      log: silentLog,
    }),
    runAgent: options.runAgent ?? (() => Promise.reject(new Error('not to be run here'))),
    runChild:
      options.runChild ??
      (([command, ...args], { cwd: at, quietStdout }) =>
        startChild(command, args, at, { stdout: quietStdout ? stderr : stdout, stderr })),
    onStopSignal: (listener) => signals.on(listener),
  });
  return { stdin, stdout, stderr, code, signal: (name) => signals.emit(name) };
}

/** A real program, which writes where the command line of the test does. */
function startChild(
  command: string,
  args: readonly string[],
  cwd: string,
  { stdout, stderr }: { stdout: TextSink; stderr: TextSink },
): Child {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(stdout, { end: false });
  child.stderr.pipe(stderr, { end: false });
  const ended = new Promise<ChildEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}

/** Runs `bulwark …argv` to its end. */
export async function cli(
  argv: readonly string[],
  options: CliRunOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const run = startCli(argv, options);
  const code = await run.code;
  return { code, stdout: run.stdout.text, stderr: run.stderr.text };
}
