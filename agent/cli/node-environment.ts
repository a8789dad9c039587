import spawn from 'cross-spawn';
import { readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { systemClock } from '../support/clock';
import { Emitter } from '../support/emitter';
import { errnoOf, messageOf } from '../support/errors';
import { decodeName } from '../support/names';
import type { ChildEnd, CliEnvironment, StopSignal } from './environment';
import { EXIT } from './failure';

const REPLACEMENT = '\ufffd';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The real process as the command line's environment. */
export function nodeEnvironment(
  given: Pick<CliEnvironment, 'version' | 'agentScript' | 'runAgent' | 'rescue'>,
): CliEnvironment {
  const brokenPipe = new Emitter<StopSignal>();
  process.stdout.on('error', (error) => {
    // The reader of a pipe left, as `head` does: end as quietly as any other program.
    if (errnoOf(error) === 'EPIPE') brokenPipe.emit('SIGPIPE');
    else {
      // A full disk below a redirection: a script must not take half a result for a whole one.
      process.stderr.write(`bulwark: the result cannot be written: ${messageOf(error)}\n`);
      process.exit(EXIT.failed);
    }
  });
  return {
    ...given,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: workingFolder(),
    homedir: homedir(),
    platform: process.platform,
    clock: systemClock,
    execPath: process.execPath,
    runChild: ([command, ...args], { cwd, quietStdout }) => {
      const child = spawn(command, args, { cwd, stdio: ['inherit', quietStdout ? 2 : 1, 2] });
      const ended = new Promise<ChildEnd>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => resolve({ code, signal }));
      });
      return { ended, kill: (signal) => void child.kill(signal) };
    },
    onStopSignal(listener) {
      for (const signal of SIGNALS) process.on(signal, listener);
      const pipe = brokenPipe.on(listener);
      return {
        dispose: () => {
          for (const signal of SIGNALS) process.off(signal, listener);
          pipe.dispose();
        },
      };
    },
  };
}

/**
 * The arguments after the program, with bytes that are not UTF-8 kept as names are.
 * @param argv what `process.argv` has from the third entry on
 */
export function commandArguments(argv: readonly string[]): readonly string[] {
  // Node has put U+FFFD where it could not decode; only Linux lets us see the bytes.
  if (process.platform !== 'linux' || !argv.some((text) => text.includes(REPLACEMENT))) return argv;
  try {
    const raw = readFileSync('/proc/self/cmdline').toString('latin1').split('\0').slice(0, -1);
    const own = raw.slice(raw.length - argv.length);
    return own.map((text) => decodeName(Buffer.from(text, 'latin1')));
  } catch {
    return argv;
  }
}

/** The current folder, also when it was deleted or its name is not UTF-8. */
function workingFolder(): string {
  try {
    const folder = process.cwd();
    return process.platform === 'linux' && folder.includes(REPLACEMENT)
      ? decodeName(readlinkSync('/proc/self/cwd', 'buffer'))
      : folder;
  } catch {
    // A deleted worktree is where people are when they need a restore most.
    return process.env['PWD'] ?? homedir();
  }
}
