import { isAbsolute, join } from 'node:path';
import type { Audited } from './embedding/audited';
import type { HardenedComponent } from './embedding/component';
import { DisabledSystem } from './embedding/disabled-system';
import type { HardenedSystem, HardenedSystemOptions } from './embedding/hardened-system';
import { RunningSystem } from './embedding/running-system';
import { recordEnd } from './manager/audit/start-entry';
import { openServer } from './open-server';
import { openSystem, type System } from './open-system';
import type { AgentServer } from './server/agent-server';
import { requestAudit } from './server/audit-requests';
import type { Clock } from './support/clock';
import { BulwarkError } from './support/errors';
import { VERSION } from './version';

/** It lies beside this file, in the bundle as well. */
const WORKER_SCRIPT = join(__dirname, 'worker-script.js');
const NAME = 'this program';
const MODE = 'autonomous';

/** As `createHardenedSystem`, which tells what it throws. */
export async function openEmbedded(
  components: Readonly<Record<string, HardenedComponent>>,
  options: HardenedSystemOptions,
  clock: Clock,
): Promise<HardenedSystem> {
  const { home, enabled = true, coordinationMode, emergencyProtocols, passphrase = null } = options;
  if (!enabled) return new DisabledSystem(coordinationMode ?? MODE);
  if (!isAbsolute(home))
    throw new BulwarkError('path-refused', `${JSON.stringify(home)} is no absolute path`, {
      hint: 'Give the folder of its state from the root on.',
    });
  const system = await openSystem({
    home,
    version: VERSION,
    script: WORKER_SCRIPT,
    clock,
    passphrase,
    embedded: true,
    asked: {
      ...(coordinationMode === undefined ? {} : { mode: coordinationMode }),
      ...(emergencyProtocols === undefined ? {} : { emergencyProtocols }),
    },
  });
  const opened = embed(system, options, clock);
  try {
    await opened.begin(components);
    return opened.running;
  } catch (error) {
    await opened.running.shutdown();
    throw error;
  }
}

interface Embedded {
  readonly running: RunningSystem;
  begin(components: Readonly<Record<string, HardenedComponent>>): Promise<void>;
}

function embed(
  system: System,
  { home, name = NAME, server: listens = false }: HardenedSystemOptions,
  clock: Clock,
): Embedded {
  const { manager, parts, log } = system;
  const write = requestAudit(manager.audit, clock);
  const by = {
    kind: 'program',
    name,
    version: VERSION,
    interactive: false,
    pid: process.pid,
  } as const;
  const audited: Audited = (method, params, work) => write({ method, params, by }, work);
  const leave = (): Promise<void> => running.shutdown();
  const server: AgentServer | null = listens
    ? openServer(system, { home, version: VERSION, clock, leave })
    : null;
  const running: RunningSystem = new RunningSystem({
    manager,
    counts: parts.counts,
    clock,
    log,
    home,
    name,
    audited,
    close: async () => {
      await server?.close();
      if (server?.draining !== true) await recordEnd(manager.audit, `${name} shut it down`);
      await system.close();
    },
  });
  return {
    running,
    async begin(components) {
      await server?.listen();
      const { underWay } = await system.begin(() => void running.shutdown());
      await underWay;
      await running.register(components);
      await server?.announce();
    },
  };
}
