import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { actionShop } from './healing/action-shop';
import { RecoveringPrograms } from './healing/actions/programs';
import { SelfHealingSystem } from './healing/self-healing-system';
import { HardeningManager, type ManagerEvent } from './manager/hardening-manager';
import { keepingOf } from './manager/keeping-settings';
import { healingOf } from './manager/healing-settings';
import { watchedSources } from './manager/watched-sources';
import { loadSettings, type Settings } from './manager/settings';
import { sourceId, type ListedSnapshot } from './protocol/entities';
import { makeHome } from './protocol/home-folder';
import type { AgentEvent } from './protocol/events';
import { DataProtectionLayer } from './protection/data-protection-layer';
import { GitBackups } from './protection/git-backups';
import { IntegrityCare } from './protection/integrity/integrity-care';
import { Moments } from './protection/journal/moments';
import { Backups } from './protection/backups/backups';
import { Keeping } from './protection/backups/keeping';
import { LossGuard } from './protection/loss/loss-guard';
import { openLosses } from './protection/loss/open-losses';
import { KeyCare } from './protection/recovery/key-care';
import { ProtectedPlaces } from './protection/protected-places';
import { ReplicaList } from './protection/replicas/replica-list';
import { Replicas } from './protection/replicas/replicas';
import { RestoreEngine } from './protection/restore/restore-engine';
import { Snapshots, type SnapshotRecord } from './protection/snapshots';
import { StoreCare } from './protection/store-care';
import { StoreCounts } from './protection/store-counts';
import { AlertChannels } from './monitor/channels/alert-channels';
import { PrometheusExport } from './monitor/export/prometheus';
import { Doctor } from './healing/doctor';
import { HealthMonitor } from './monitor/health-monitor';
import { WorktreeStatuses } from './monitor/worktree-status';
import { restorePorts } from './protection/restore-ports';
import { Restores } from './protection/restores';
import { RecordsRestore } from './protection/sources/records-restore';
import { Repository } from './repository/repository';
import { AgentServer } from './server/agent-server';
import { recoveryOf } from './server/methods/recoveries';
import { resultOf } from './server/methods/restore';
import { handlersFor } from './server/methods/handlers';
import { healthEvent } from './server/methods/health-events';
import { snapshotIdsOf } from './server/methods/backups';
import { infoOf, keepOf, listedOf } from './server/methods/convert';
import { damageNotice, drillNotice } from './server/methods/integrity-notices';
import { lossNotice } from './server/methods/loss-notice';
import { backupNotice, spaceNotice } from './server/methods/keeping-notices';
import { removeTemporaries } from './support/atomic-file';
import type { Clock, Timer } from './support/clock';
import { Leaving } from './support/leaving';
import { FileLog } from './support/log';
import { WorkerPool } from './support/worker-pool';
import { Git } from './worktrees/git';

/** Threads that read, compress and write; more would only crowd out the user's own work. */
const THREADS = 2;
/** An agent that protects and watches nothing leaves when nobody was connected for this long, ms. */
const IDLE_MS = 10 * 60_000;

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
  const places = await ProtectedPlaces.load(join(home, 'protected.json'));
  const replicaList = await ReplicaList.load(join(home, 'replicas.json'));
  const fileLog = new FileLog(join(home, 'logs', 'agent.log'), {
    clock,
    service: { version, pid: process.pid },
  });
  const { log } = fileLog;
  const repository = await Repository.open({
    path: join(home, 'store'),
    keyFolder: join(home, 'keys'),
    passphrase: options.passphrase,
    codec: settings.codec,
    clock,
    log: log.child('repository'),
  }).catch(async (error: unknown) => {
    await fileLog.close();
    throw error;
  });
  for (const folder of [home, join(home, 'health')]) await removeTemporaries(folder);
  const pool = new WorkerPool({ script: options.script, size: THREADS });
  const git = new Git({ clock, log: log.child('git') });
  const protection = new DataProtectionLayer({
    repository,
    pool,
    git,
    places,
    limits: { patterns: settings.exclude, maxFileBytes: settings.maxFileBytes },
    settleMs: settings.settleMs,
    home,
    makeRoom: () => keeping.makeRoom(),
    clock,
    log: log.child('protection'),
  });
  const keeping: Keeping = new Keeping({
    repository,
    protection,
    pool,
    clock,
    log: log.child('keeping'),
    ...keepingOf(settings),
  });
  const ports = restorePorts(repository, protection);
  const restore = new RestoreEngine({
    repository,
    pool,
    git,
    clock,
    log: log.child('restore'),
    journalFolder: join(home, 'restores'),
    home: homedir(),
    ...ports,
  });
  const records = new RecordsRestore({
    repository,
    sources: protection.dataSources,
    clock,
    keep: ports.keep,
  });
  const integrity = await IntegrityCare.open({
    repository,
    protection,
    git,
    pool,
    makePool: () => new WorkerPool({ script: options.script, size: 1 }),
    repositorySnapshots: ports.repositorySnapshots,
    betweenRestores: (fn) => restore.exclusively(fn),
    ledgerPath: join(home, 'integrity.json'),
    drillPath: join(home, 'drill.json'),
    scratchFolder: join(settings.scratchFolder ?? home, 'bulwark-scratch'),
    budget: {
      bytesPerSecond: settings.scrubBytesPerSecond,
      cpuShare: settings.scrubCpuPercent / 100,
    },
    clock,
    log: log.child('integrity'),
  });
  const replicas = new Replicas({
    repository,
    pool,
    list: replicaList,
    everyMs: settings.replicaMinutes * 60_000,
    home,
    clock,
    log: log.child('replicas'),
  });
  replicas.onSynced.on(() => void integrity.reclaim());
  const statuses = new WorktreeStatuses({ git, clock, log: log.child('monitor') });
  const counts = new StoreCounts(repository, protection);
  const health = await HealthMonitor.open({
    home,
    clock,
    log: log.child('health'),
    git,
    statuses,
    sources: () => watchedSources(protection),
    store: () => counts.figures,
  });
  const metrics = new PrometheusExport({
    monitor: health,
    version,
    store: () => counts.figures,
    startedAt: clock.now(),
  });
  const channels = await AlertChannels.open({
    home,
    settings: settings.channels,
    alerts: health.alerts,
    clock,
    log: log.child('channels'),
    machine: hostname(),
    random: Math.random,
  });
  const restores = new Restores({ engine: restore, records, repository });
  const snapshots = new Snapshots(repository, protection);
  const recoveringPrograms = new RecoveringPrograms();
  const doctor = await Doctor.open({
    home,
    git,
    clock,
    log: log.child('doctor'),
    protection,
    backups: new Backups({ repository, protection, pool }),
    kept: new GitBackups(repository),
    health,
  });
  const healing = await SelfHealingSystem.open({
    home,
    clock,
    log: log.child('healing'),
    health,
    protection,
    restores,
    undoRepair: (attempt) => doctor.undo(attempt),
    breakers: health.breakers,
    shop: actionShop({
      components: health.components,
      clock,
      programs: recoveringPrograms,
      quarantine: join(home, 'healing', 'quarantine'),
      remedies: (incident) => doctor.actionsFor(incident),
      protection,
      restores,
      snapshots,
      integrity,
      keeping,
    }),
    settings: healingOf(settings),
  });
  const manager = new HardeningManager({
    healing,
    recoveringPrograms,
    protection,
    restore: restores,
    snapshots,
    store: new StoreCare({ repository, protection, integrity, clock }),
    integrity,
    moments: new Moments(repository, protection),
    losses: new LossGuard({ protection, repository, git, clock, log: log.child('loss') }),
    unrestored: await openLosses(repository),
    clock,
    keeping,
    keys: new KeyCare({
      repository,
      keyFolder: join(home, 'keys'),
      exclusively: (fn) => protection.exclusively(fn),
      onChanged: () => {
        replicas.start();
      },
    }),
    replicas,
    statuses,
    health,
    doctor,
    channels,
  });
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const leave = new Leaving(async () => {
    await server.close();
    idle?.cancel();
    await integrity.close();
    metrics.close();
    await healing.close();
    await health.close();
    await channels.close();
    counts.close();
    manager.close();
    await keeping.close();
    await protection.close();
    await replicas.close();
    await pool.close();
    await repository.close();
    log.info('The agent has left');
    await fileLog.close();
    end();
  });
  const server: AgentServer = new AgentServer({
    home,
    version,
    clock,
    log,
    onDrain: () => leave.now(),
    metrics,
    ...(settings.tcpPort === null ? {} : { tcp: { port: settings.tcpPort } }),
    handlers: handlersFor(manager, {
      clock,
      home,
      version,
      metrics,
      server: () => ({ connections: server.connections, draining: server.draining }),
    }),
  });
  manager.onEvent.on((event) => {
    tell(event, manager)
      .then((wire) => server.publish(wire))
      .catch((error: unknown) => {
        log.error('An event could not be told', { kind: event.kind, error });
      });
  });
  health.onEvent.on((event) => {
    server.publish(healthEvent(event, clock.now()));
  });
  healing.onChange.on((record) => {
    server.publish({ kind: 'recovery/changed', recovery: recoveryOf(record) });
  });
  await restore.recover();
  await server.listen();
  // Before anybody can find the agent: whoever asks for a worktree waits until it is taken up.
  void protection
    .resume()
    .then(() => healing.resume())
    .then(() => health.start())
    .then(() => healing.start())
    .then(() => keeping.start())
    .catch((error: unknown) => {
      log.error('What was protected cannot be taken up', { error });
    });
  await server.announce();
  options.signal.addEventListener('abort', () => void server.drain('asked to stop'), {
    once: true,
  });
  let idle: Timer | null = null;
  // An agent that leaves stops what it runs.
  const isNeeded = (): boolean =>
    [places, protection.dataSources, health.components].some((kept) => kept.list().length > 0);
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

async function tell(event: ManagerEvent, manager: HardeningManager): Promise<AgentEvent> {
  switch (event.kind) {
    case 'worktree-changed':
      return { kind: 'worktree/changed', worktree: infoOf(await manager.view(event.guard, false)) };
    case 'worktree-removed':
      return { kind: 'worktree/removed', source: sourceId.parse(event.source) };
    case 'damage-found':
      return { kind: 'notice/raised', notice: damageNotice(event.outcome) };
    case 'drill-failed':
      return { kind: 'notice/raised', notice: drillNotice(event.drill) };
    case 'snapshot-created':
      return { kind: 'snapshot/created', snapshot: await listed(event.record, manager) };
    case 'snapshot-changed':
      return { kind: 'snapshot/changed', snapshot: await listed(event.record, manager) };
    case 'journal-written': {
      const { source, sequence, at } = event.record;
      return { kind: 'journal/written', source: sourceId.parse(source.id), sequence, at };
    }
    case 'loss':
      return { kind: 'notice/raised', notice: lossNotice(event.loss) };
    case 'snapshots-forgotten':
      return { kind: 'snapshot/removed', snapshots: snapshotIdsOf(event.records) };
    case 'space':
      return { kind: 'notice/raised', notice: spaceNotice(event.space, event.forgotten) };
    case 'backup-failed':
      return { kind: 'notice/raised', notice: backupNotice(event) };
    case 'restore-completed':
      return { kind: 'restore/completed', result: resultOf(event.outcome) };
  }
}

async function listed(record: SnapshotRecord, manager: HardeningManager): Promise<ListedSnapshot> {
  return listedOf(record, await keepOf(manager));
}
