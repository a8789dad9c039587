import type { Settings } from './manager/settings';
import { openServer } from './open-server';
import { openSystem } from './open-system';
import type { AgentServer } from './server/agent-server';
import type { Clock, Timer } from './support/clock';

/** An agent that protects and watches nothing leaves when nobody was connected for this long, ms. */
const IDLE_MS = 10 * 60_000;
/** Whoever sends SIGTERM kills after 10 s or more: by then it has to be finished or taken back. */
const STOP_MS = 6_000;

export interface AgentProcessOptions {
  /** Folder with all of the agent's state. */
  readonly home: string;
  readonly version: string;
  /** The script that worker threads run: this program. */
  readonly script: string;
  readonly clock: Clock;
  /** Of the store, if somebody told it. */
  readonly passphrase: string | null;
  /** Stays however idle it is. */
  readonly stay: boolean;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}

/** An agent that runs in this process. */
export interface RunningAgent {
  /** Settles when everything is closed. */
  readonly ended: Promise<void>;
}

/**
 * Opens the store, ends what a crash left half done, listens, and takes up what is protected.
 * @throws BulwarkError `store-locked` when another agent has the store, `wrong-key`, `settings-invalid` …
 */
export async function runAgent(options: AgentProcessOptions): Promise<RunningAgent> {
  const { home, clock, version } = options;
  const system = await openSystem({ ...options, embedded: false, asked: {} });
  const { settings, log, parts, manager } = system;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let idle: Timer | null = null;
  const server: AgentServer = openServer(system, {
    home,
    version,
    clock,
    leave: async () => {
      await server.close();
      idle?.cancel();
      await system.close();
      end();
    },
  });
  try {
    await server.listen();
    // Before anybody can find the agent: whoever asks for a worktree waits until it is taken up.
    await system.begin((why) => void server.drain(why, { withinMs: STOP_MS }));
    await server.announce();
  } catch (error) {
    await server.close();
    await system.close();
    throw error;
  }
  options.signal.addEventListener(
    'abort',
    () => void server.drain('asked to stop', { withinMs: STOP_MS }),
    {
      once: true,
    },
  );
  // An agent that leaves stops what it runs.
  const isNeeded = (): boolean =>
    [parts.places, manager.protection.dataSources, manager.health.components].some(
      (kept) => kept.list().length > 0,
    );
  const watchIdle = (): void => {
    idle?.cancel();
    const grace = idleGrace(settings, isNeeded());
    if (options.stay || grace === null || server.connections > 0) return;
    idle = clock.setTimeout(() => {
      if (server.connections === 0 && idleGrace(settings, isNeeded()) !== null)
        void server.drain('nobody needs it');
    }, grace);
  };
  server.onConnections.on(watchIdle);
  watchIdle();
  log.info('The agent is ready', { version, home });
  return { ended };
}

/** Ms of nobody being connected after which the agent leaves; null for never. */
function idleGrace(settings: Settings, needed: boolean): number | null {
  if (settings.idleExitMinutes !== null) return settings.idleExitMinutes * 60_000;
  return needed ? null : IDLE_MS;
}
