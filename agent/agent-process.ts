import { join } from 'node:path';
import { AuditTrail } from './manager/audit/audit-trail';
import { OwnWork } from './manager/audit/own-work';
import { recordEnd, recordStart } from './manager/audit/start-entry';
import { Incidents } from './manager/incidents/incidents';
import { HealthPass, REALITY } from './manager/incidents/health-pass';
import { HardeningManager } from './manager/hardening-manager';
import { loadSettings, type Settings } from './manager/settings';
import { openHealth } from './open-health';
import { openProtection } from './open-protection';
import { Moments } from './protection/journal/moments';
import { LossGuard } from './protection/loss/loss-guard';
import { openLosses } from './protection/loss/open-losses';
import { StoreCare } from './protection/store-care';
import { makeHome } from './protocol/home-folder';
import { AgentServer } from './server/agent-server';
import { requestAudit } from './server/audit-requests';
import { handlersFor } from './server/methods/handlers';
import { healthEvent } from './server/methods/health-events';
import { incidentEvent } from './server/methods/incidents';
import { managerEvent } from './server/methods/manager-events';
import { recoveryEvents } from './server/methods/recoveries';
import type { Clock, Timer } from './support/clock';
import { Leaving } from './support/leaving';
import { FileLog } from './support/log';

/** An agent that protects and watches nothing leaves when nobody was connected for this long, ms. */
const IDLE_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
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
  await makeHome(join(home, 'logs'));
  const settings = await loadSettings(join(home, 'settings.json'));
  const fileLog = new FileLog(join(home, 'logs', 'agent.log'), {
    clock,
    service: { version, pid: process.pid },
  });
  const { log } = fileLog;
  const parts = await openProtection({
    home,
    settings,
    script: options.script,
    passphrase: options.passphrase,
    clock,
    log,
  }).catch(async (error: unknown) => {
    await fileLog.close();
    throw error;
  });
  const { repository, protection, integrity, keeping, replicas, counts } = parts;
  const watching = await openHealth({ home, settings, version, parts, clock, log });
  const { health, healing, channels, metrics } = watching;
  const audit = await AuditTrail.open({
    folder: join(home, 'audit'),
    keepMs: settings.auditDays * DAY_MS,
    clock,
    log: log.child('audit'),
  });
  const incidents = await Incidents.open({
    path: join(home, 'health', 'incidents.json'),
    health,
    healing,
    pass: new HealthPass({
      protection,
      health,
      packs: () => ({
        inCatalog: repository.catalog.packs().map(({ id }) => id),
        onDisk: repository.packIds(),
      }),
      reality: REALITY,
    }),
    clock,
    log: log.child('incidents'),
  });
  const manager = new HardeningManager({
    ...watching,
    audit,
    incidents,
    protection,
    restore: parts.restores,
    snapshots: parts.snapshots,
    store: new StoreCare({ repository, protection, integrity, clock }),
    integrity,
    moments: new Moments(repository, protection),
    losses: new LossGuard({
      protection,
      repository,
      git: parts.git,
      clock,
      log: log.child('loss'),
    }),
    unrestored: await openLosses(repository),
    clock,
    keeping,
    keys: parts.keys,
    replicas,
  });
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const ownWork = new OwnWork({ trail: audit, manager, healing, health });
  const leave = new Leaving(async () => {
    await server.close();
    idle?.cancel();
    await incidents.shutdown();
    await integrity.close();
    metrics.close();
    await healing.close();
    await health.close();
    await channels.close();
    counts.close();
    await manager.close();
    await keeping.close();
    await protection.close();
    await replicas.close();
    await parts.pool.close();
    await repository.close();
    ownWork.close();
    await audit.close();
    log.info('The agent has left');
    await fileLog.close();
    end();
  });
  const server: AgentServer = new AgentServer({
    home,
    version,
    clock,
    log,
    onDrain: async (why) => {
      await recordEnd(audit, why);
      await leave.now();
    },
    audit: requestAudit(audit, clock),
    metrics,
    ...(settings.tcpPort === null ? {} : { tcp: { port: settings.tcpPort } }),
    handlers: handlersFor(manager, {
      clock,
      home,
      version,
      metrics,
      codingAgents: settings.codingAgents,
      server: () => ({ connections: server.connections, draining: server.draining }),
    }),
  });
  manager.onEvent.on((event) => {
    managerEvent(event, manager)
      .then((wire) => server.publish(wire))
      .catch((error: unknown) => {
        log.error('An event could not be told', { kind: event.kind, error });
      });
  });
  incidents.onChange.on((change) => {
    server.publish(incidentEvent(change));
  });
  health.onEvent.on((event) => {
    server.publish(healthEvent(event, clock.now(), healing));
  });
  healing.onChange.on((record) => {
    for (const told of recoveryEvents(record)) server.publish(told);
  });
  await parts.engine.recover();
  await server.listen();
  // Before anybody can find the agent: whoever asks for a worktree waits until it is taken up.
  void protection
    .resume()
    .then(() => healing.resume())
    .then(() => health.start())
    .then(() => healing.start())
    .then(() => {
      incidents.start(manager);
    })
    .then(() => keeping.start())
    .catch((error: unknown) => {
      log.error('What was protected cannot be taken up', { error });
    });
  await recordStart(audit, { version, settings, home });
  audit.start();
  await server.announce();
  options.signal.addEventListener(
    'abort',
    () => void server.drain('asked to stop', { withinMs: STOP_MS }),
    {
      once: true,
    },
  );
  let idle: Timer | null = null;
  // An agent that leaves stops what it runs.
  const isNeeded = (): boolean =>
    [parts.places, protection.dataSources, health.components].some(
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
  const { guard } = repository.keys;
  if (guard.kind === 'key-file' && guard.exposed)
    log.warn("Others could read the store's key; its file is closed to them now", {
      path: guard.path,
      hint: 'If somebody may have read it: bulwark key rotate',
    });
  replicas.start();
  integrity.start();
  return { ended };
}

/** Ms of nobody being connected after which the agent leaves; null for never. */
function idleGrace(settings: Settings, needed: boolean): number | null {
  if (settings.idleExitMinutes !== null) return settings.idleExitMinutes * 60_000;
  return needed ? null : IDLE_MS;
}
