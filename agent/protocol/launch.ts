import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readDiscovery, type Discovery } from './discovery';
import { RemoteError } from './errors';

const POLL_MS = 25;
/** An agent that ends at once may have lost a race: the winner gets this long to show up. */
const RACE_POLLS = 80;
const SHOWN_LOG_CHARACTERS = 2000;

export interface StartOptions {
  /** The program that runs JavaScript: node, or the editor's own binary. */
  readonly execPath: string;
  /** Path of the agent's bundle. */
  readonly agentScript: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** How long it may take until the agent listens. */
  readonly timeoutMs: number;
  /** Stay a child of this process and write to its terminal. */
  readonly foreground?: boolean;
  /** Waits that many milliseconds. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Starts an agent, unless one listens already, and waits until it does.
 * @throws RemoteError `agent-unreachable` when it ended or did not listen in time; the message has
 *   the last lines that it wrote
 */
export async function startAgent(options: StartOptions): Promise<Discovery> {
  const { home, sleep = pause } = options;
  const running = await findLiveAgent(home);
  if (running !== null) return running;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const log = options.foreground === true ? null : join(home, 'agent-start.log');
  const child = await launch(options, log);
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const ended: { why: string | null } = { why: null };
  let pollsLeft = RACE_POLLS;
  child.once('error', (error) => (ended.why = error.message));
  child.once('exit', (code, signal) => (ended.why = `it ended with ${signal ?? code ?? 'no code'}`));
  for (;;) {
    const discovery = await findLiveAgent(home);
    if (discovery !== null) return discovery;
    if (ended.why !== null && (pollsLeft -= 1) <= 0) throw await notStarted(ended.why, log);
    if (deadline.aborted)
      throw await notStarted(`it did not listen within ${options.timeoutMs} ms`, log);
    await sleep(POLL_MS);
  }
}

/** The agent whose discovery file is in `home`, if it still listens. */
export async function findLiveAgent(home: string): Promise<Discovery | null> {
  const discovery = await readDiscovery(home);
  return discovery !== null && (await accepts(discovery.socket)) ? discovery : null;
}

async function launch(options: StartOptions, logPath: string | null): Promise<ChildProcess> {
  const { execPath, home } = options;
  const env = { ...options.env, BULWARK_HOME: home, ELECTRON_RUN_AS_NODE: '1' };
  const args = [resolve(options.agentScript), 'agent'];
  // `home` as the working folder: the agent must not keep somebody's worktree or disk busy.
  if (logPath === null) return spawn(execPath, args, { env, cwd: home, stdio: 'inherit' });
  const log = await open(logPath, 'w', 0o600);
  try {
    const child = spawn(execPath, args, {
      env,
      cwd: home,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    return child;
  } finally {
    await log.close();
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
  const said = log.trim().slice(-SHOWN_LOG_CHARACTERS);
  return new RemoteError(said === '' ? message : `${message}\n${said}`, {
    reason: 'agent-unreachable',
    hint: `What it wrote is in ${logPath}`,
  });
}
