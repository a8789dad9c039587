import { lstat } from 'node:fs/promises';
import { AgentClient, type ClientIdentity } from '../protocol/client';
import { bulwarkHome, discoveryPath, readDiscovery, type Discovery } from '../protocol/discovery';
import { RemoteError } from '../protocol/errors';
import { startAgent } from '../protocol/launch';
import { BulwarkError, fileError } from '../support/errors';
import type { CliEnvironment } from './environment';
import { reasonOf } from './failure';
import { withPassphrase } from './unlock';

/** How long a new agent may take until it listens: opening a large store takes a while. */
const START_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** How long an agent may take to finish its work and leave. */
const DRAIN_TIMEOUT_MS = 120_000;
const POLL_MS = 50;

/** Who acts through this command, where that is not the one who typed it. */
type Actor = Pick<ClientIdentity, 'name' | 'kind' | 'interactive'>;

/** Finds, starts and ends the agent of this user. */
export class AgentAccess {
  /** The folder with all state of the agent. */
  readonly home: string;
  readonly #environment: CliEnvironment;
  #acting: Actor | null = null;

  constructor(environment: CliEnvironment) {
    this.#environment = environment;
    this.home = bulwarkHome(environment.env, environment.homedir);
  }

  /** From now on connections are told to be another's: of a program that acts through this command. */
  actAs(actor: Actor): void {
    this.#acting = actor;
  }

  /** A connection to the agent that runs, or null when none does. */
  async find(): Promise<AgentClient | null> {
    const discovery = await readDiscovery(this.home);
    if (discovery === null) return null;
    try {
      return await this.#open(discovery);
    } catch (error) {
      // The file of an agent that was killed: nobody listens there any more.
      if (reasonOf(error) === 'agent-unreachable') return null;
      throw error;
    }
  }

  /**
   * For whoever is about to say that no agent runs.
   * @throws `agent-unreachable` when the file that tells where one listens cannot be trusted
   */
  async requireNone(): Promise<void> {
    const path = discoveryPath(this.home);
    if ((await readDiscovery(this.home)) !== null || !(await isThere(path))) return;
    throw new BulwarkError('agent-unreachable', `${path} is damaged, or open to others`, {
      hint: 'An agent that runs writes it again within seconds: try again. If none runs: bulwark start',
      details: { path },
    });
  }

  /** A connection to the agent that runs, or to one that is started now. */
  async connect(signal: AbortSignal): Promise<{ client: AgentClient; started: boolean }> {
    const running = await this.find();
    if (running !== null) return { client: running, started: false };
    const { env, execPath, agentScript, clock } = this.#environment;
    const { home } = this;
    const asked = clock.now();
    const discovery = await withPassphrase(this.#environment, signal, (passphrase) =>
      startAgent({
        execPath,
        agentScript,
        home,
        env,
        timeoutMs: START_TIMEOUT_MS,
        sleep: (ms) => clock.sleep(ms),
        ...(passphrase === null ? {} : { passphrase }),
      }).catch((error: unknown) => {
        throw error instanceof RemoteError ? error : fileError(error, home);
      }),
    );
    const client = await this.#open(discovery);
    // One that runs may only have been out of sight: its discovery file was damaged.
    return { client, started: discovery.startedAt >= asked };
  }

  /**
   * Asks the agent to finish its work and leave, and waits until its process is gone.
   * @throws `timeout` when it is still there after two minutes, `cancelled` when `signal` is aborted
   */
  async drain(client: AgentClient, reason: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#environment;
    const { pid } = client.agent;
    const deadline = clock.monotonic() + DRAIN_TIMEOUT_MS;
    try {
      await client.call('agent/drain', { reason }, { signal });
    } catch (error) {
      // It may be gone before its answer is read: that is what was asked for.
      if (reasonOf(error) !== 'agent-unreachable') throw error;
    }
    client.close();
    while (isAlive(pid)) {
      if (signal.aborted)
        throw new BulwarkError('cancelled', `the agent (pid ${pid}) was asked to stop`, {
          hint: 'It is still finishing its work and will end by itself.',
        });
      if (clock.monotonic() > deadline)
        throw new BulwarkError('timeout', `the agent (pid ${pid}) is still at work`, {
          hint: 'It ends when that is done. See what it does with: bulwark status',
          details: { pid },
        });
      await clock.sleep(POLL_MS, signal);
    }
  }

  #open(discovery: Discovery): Promise<AgentClient> {
    const { stdin, stderr, version } = this.#environment;
    return AgentClient.connect(
      discovery,
      {
        name: 'bulwark',
        kind: 'terminal',
        interactive: stdin.isTTY === true && stderr.isTTY === true,
        ...this.#acting,
        version,
        pid: process.pid,
      },
      { timeoutMs: CONNECT_TIMEOUT_MS },
    );
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks whether the process exists.
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
