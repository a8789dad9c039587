import { spawn } from 'node:child_process';
import { open, readFile, statfs, type FileHandle } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { readDiscovery, type Discovery } from './discovery';
import { RemoteError } from './errors';
import { makeHome } from './home-folder';
import { HEAP_FLAGS, MALLOC } from './launch-memory';
import { homeFailure, readStartFailure } from './start-failure';

const POLL_MS = 25;
/**
 * An agent that finds the store taken may have lost a race: the winner gets this long to show up.
 * It is also long enough for an agent that runs to write a damaged discovery file again.
 */
const RACE_POLLS = 240;
/** Set in the environment of an agent that is told its store's passphrase on standard input. */
export const PASSPHRASE_ON_STDIN = 'BULWARK_PASSPHRASE_STDIN';
const SHOWN_LOG_CHARACTERS = 2000;

export interface StartOptions {
  /** The program that runs JavaScript: node, or the editor's own binary. */
  readonly execPath: string;
  /** Path of the agent's bundle. */
  readonly agentScript: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of the store, if it has one and somebody told it. */
  readonly passphrase?: string;
  /** How long it may take until the agent listens. */
  readonly timeoutMs: number;
  /** Stay a child of this process and write to its terminal. */
  readonly foreground?: boolean;
  /** Waits that many milliseconds. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** What became of the process that was started; it lives while both are null. */
interface Fate {
  /** It could not be started at all. */
  error: string | null;
  exit: string | null;
}

/**
 * Starts an agent, unless one listens already, and waits until it does.
 * @throws RemoteError with the agent's own reason when it said why it cannot start (`wrong-key`,
 *   `settings-invalid`, `store-locked` …); `agent-unreachable` when it ended without a word or did
 *   not listen in time: then the message has the last lines that it wrote
 */
export async function startAgent(options: StartOptions): Promise<Discovery> {
  const { home, timeoutMs, sleep } = options;
  const running = await findLiveAgent(home);
  if (running !== null) return running;
  const log = options.foreground === true ? null : join(home, 'agent-start.log');
  const fate = await launch(options, log);
  const deadline = AbortSignal.timeout(timeoutMs);
  let pollsLeft = RACE_POLLS;
  for (;;) {
    const discovery = await findLiveAgent(home);
    if (discovery !== null) return discovery;
    if (fate.error !== null) throw await notStarted(fate.error, null);
    if (fate.exit !== null) {
      const failure = await notStarted(fate.exit, log);
      if (failure.reason !== 'store-locked' || (pollsLeft -= 1) <= 0) throw failure;
    }
    if (deadline.aborted) throw await notStarted(`it did not listen within ${timeoutMs} ms`, log);
    await sleep(POLL_MS);
  }
}

/** The agent whose discovery file is in `home`, if it still listens. */
export async function findLiveAgent(home: string): Promise<Discovery | null> {
  const discovery = await readDiscovery(home);
  return discovery !== null && (await accepts(discovery.socket)) ? discovery : null;
}

async function launch(options: StartOptions, logPath: string | null): Promise<Fate> {
  const { execPath, home } = options;
  const { passphrase } = options;
  const env = {
    ...MALLOC,
    ...options.env,
    BULWARK_HOME: home,
    ELECTRON_RUN_AS_NODE: '1',
    [PASSPHRASE_ON_STDIN]: passphrase === undefined ? '' : '1',
  };
  const args = [...HEAP_FLAGS, resolve(options.agentScript), 'agent'];
  const log = await openLog(home, logPath);
  try {
    // `home` as the working folder: the agent must not keep somebody's worktree or disk busy.
    const child =
      log === null
        ? spawn(execPath, args, { env, cwd: home, stdio: 'inherit' })
        : spawn(execPath, args, {
            env,
            cwd: home,
            detached: true,
            windowsHide: true,
            stdio: [passphrase === undefined ? 'ignore' : 'pipe', log.fd, log.fd],
          });
    const fate: Fate = { error: null, exit: null };
    child.once('error', (error) => (fate.error = error.message));
    child.once('exit', (code, signal) => {
      fate.exit = `it ended with ${signal ?? code ?? 'no code'}`;
    });
    // Not in its arguments or environment, which others may see.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(passphrase);
    if (log !== null) child.unref();
    return fate;
  } finally {
    await log?.close();
  }
}

async function openLog(home: string, path: string | null): Promise<FileHandle | null> {
  try {
    await makeHome(home);
    return path === null ? null : await open(path, 'w', 0o600);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw homeFailure(code, home);
  }
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection({ path: socket });
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}

async function notStarted(why: string, logPath: string | null): Promise<RemoteError> {
  const message = `the agent did not start: ${why}`;
  if (logPath === null) return new RemoteError(message, { reason: 'agent-unreachable' });
  const log = await readFile(logPath, 'utf8').catch(() => '');
  const failure = readStartFailure(log);
  if (failure !== null) return failure;
  if (log === '' && (await isFull(dirname(logPath))))
    return homeFailure('ENOSPC', dirname(logPath));
  const said = log.trim().slice(-SHOWN_LOG_CHARACTERS);
  return new RemoteError(said === '' ? message : `${message}\n${said}`, {
    reason: 'agent-unreachable',
    hint: `What it wrote is in ${logPath}`,
  });
}

/** Whether there was no room to say why: then that is why. */
async function isFull(folder: string): Promise<boolean> {
  try {
    return (await statfs(folder)).bavail === 0;
  } catch {
    return false;
  }
}
