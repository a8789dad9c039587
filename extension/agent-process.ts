import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { AgentClient } from '../agent/protocol/client';
import { bulwarkHome, readDiscovery, type Discovery } from '../agent/protocol/discovery';
import { startAgent } from '../agent/protocol/launch';
import { ensureAgentCopy, pruneAgentCopies } from './agent-copy';
import type { AgentAccess } from './agent-link';
import type { Clock } from './clock';

const LAUNCH_MS = 30_000;
const SETTLE_MS = 100;

/**
 * The folder with the agent's state. `configured` is what the person set, `~` allowed; empty for
 * the one that every program takes.
 */
export function agentHome(configured: string): string {
  if (configured === '') return bulwarkHome(process.env, os.homedir());
  return path.resolve(configured.replace(/^~(?=$|[\\/])/, os.homedir()));
}

export interface AgentProcessOptions {
  /** The folder of this extension's build. */
  readonly dist: string;
  readonly home: string;
  readonly version: string;
  readonly clock: Clock;
}

/** The agent's program, which has the commands of the terminal, too: a copy that stays when the extension goes. */
export function agentProgram(
  options: Pick<AgentProcessOptions, 'dist' | 'home' | 'version'>,
): Promise<string> {
  return ensureAgentCopy(options.dist, options.home, options.version);
}

/** The agents of this machine's user: finds, reaches and starts them. */
export function agentAccess(options: AgentProcessOptions): AgentAccess<Discovery> {
  const { dist, home, version, clock } = options;
  return {
    find: () => readDiscovery(home),
    connect: (address) =>
      AgentClient.connect(address, {
        name: 'Visual Studio Code',
        version,
        interactive: true,
        kind: 'editor',
        pid: process.pid,
      }),
    async launch() {
      const agentScript = await ensureAgentCopy(dist, home, version);
      const discovery = await startAgent({
        // The editor's own runtime: whoever has VS Code has it, and needs no Node beside.
        execPath: process.execPath,
        agentScript,
        home,
        env: { ...process.env, BULWARK_HOME: home },
        timeoutMs: LAUNCH_MS,
        sleep: (ms) => clock.sleep(ms),
      });
      await pruneAgentCopies(home, [version, discovery.version], clock.now());
      return discovery;
    },
    watch(listener) {
      let pending: { cancel(): void } | null = null;
      try {
        const watcher = fs.watch(home, { persistent: false }, () => {
          pending?.cancel();
          pending = clock.after(SETTLE_MS, listener);
        });
        // A lost watch costs a late reaction only: the window also looks when it gets the focus.
        watcher.on('error', () => {
          watcher.close();
        });
        return {
          dispose: () => {
            pending?.cancel();
            watcher.close();
          },
        };
      } catch {
        return { dispose: () => undefined };
      }
    },
  };
}
