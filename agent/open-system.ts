import { join } from 'node:path';
import { AuditTrail } from './manager/audit/audit-trail';
import { OwnWork } from './manager/audit/own-work';
import { recordStart } from './manager/audit/start-entry';
import { Emergencies } from './manager/emergencies/emergencies';
import { emergenciesOf } from './manager/emergencies/settings';
import { HardeningManager } from './manager/hardening-manager';
import { HealthPass, REALITY } from './manager/incidents/health-pass';
import { Incidents } from './manager/incidents/incidents';
import { MachineBrake } from './manager/operations/machine-brake';
import { OperationSchedule } from './manager/operations/operation-schedule';
import { inPlaceOf, loadSettings, type AskedSettings, type Settings } from './manager/settings';
import { closeHealth, openHealth, type Health } from './open-health';
import { closeProtection, openProtection, type Protection } from './open-protection';
import { Moments } from './protection/journal/moments';
import { LossGuard } from './protection/loss/loss-guard';
import { openLosses } from './protection/loss/open-losses';
import { StoreCare } from './protection/store-care';
import { makeHome } from './protocol/home-folder';
import type { Clock } from './support/clock';
import { Leaving } from './support/leaving';
import { FileLog, type Log } from './support/log';
import { requireOwnFolder } from './support/private-folder';

const DAY_MS = 24 * 3_600_000;

export interface OpenSystemOptions {
  /** Folder with all of its state. */
  readonly home: string;
  readonly version: string;
  /** The script that worker threads run. */
  readonly script: string;
  readonly clock: Clock;
  /** Of the store, if somebody told it. */
  readonly passphrase: string | null;
  /** Whether it runs in a program of somebody else, whose memory and delays are not its own. */
  readonly embedded: boolean;
  /** In place of what the settings tell. */
  readonly asked: AskedSettings;
}

/** All parts together, without anything that listens. */
export interface System {
  readonly settings: Settings;
  readonly log: Log;
  readonly parts: Protection;
  readonly manager: HardeningManager;
  readonly metrics: Health['metrics'];
  /**
   * Takes up what is protected, and begins to watch, to heal and to back up.
   * @param leave asked for when an emergency is to end it all
   * @returns settles when all of that is under way; whoever asks for a worktree waits by himself
   */
  begin(leave: (why: string) => void): Promise<{ readonly underWay: Promise<void> }>;
  /** Ends everything, once however often it is called. */
  close(): Promise<void>;
}

/**
 * Opens the store, puts all parts together and ends what a crash left half done. Nothing runs yet.
 * @throws BulwarkError `path-refused` when others can write into `home`, `store-locked` when another agent has the store, `wrong-key`, `settings-invalid` …
 */
export async function openSystem(options: OpenSystemOptions): Promise<System> {
  const { home, clock, version, asked } = options;
  await makeHome(join(home, 'logs'));
  await requireOwnFolder(home);
  const settings = inPlaceOf(await loadSettings(join(home, 'settings.json')), asked);
  const fileLog = new FileLog(join(home, 'logs', 'agent.log'), {
    clock,
    service: { version, pid: process.pid },
  });
  const { log } = fileLog;
  const operations = new OperationSchedule({ clock, log: log.child('operations') });
  try {
    const parts = await openProtection({ ...options, settings, operations, log });
    try {
      return await openAround(parts, { options, settings, operations, fileLog });
    } catch (error) {
      await parts.integrity.close();
      await closeProtection(parts);
      throw error;
    }
  } catch (error) {
    await fileLog.close();
    throw error;
  }
}

interface Around {
  readonly options: OpenSystemOptions;
  readonly settings: Settings;
  readonly operations: OperationSchedule;
  readonly fileLog: FileLog;
}

/** What watches and heals, and what holds everything together. */
async function openAround(parts: Protection, around: Around): Promise<System> {
  const { options, settings, operations, fileLog } = around;
  const { log } = fileLog;
  const watching = await openHealth({ ...options, settings, operations, parts, log });
  try {
    const manager = await openManager(parts, watching, around);
    const { protection } = parts;
    const brake = new MachineBrake({ health: watching.health, protection, clock: options.clock });
    operations.useBrake(brake);
    await parts.engine.recover();
    return systemOf({ ...around, parts, watching, manager, brake });
  } catch (error) {
    await closeHealth(watching);
    throw error;
  }
}

async function openManager(
  parts: Protection,
  watching: Health,
  { options, settings, operations, fileLog }: Around,
): Promise<HardeningManager> {
  const { home, clock } = options;
  const { log } = fileLog;
  const { repository, protection, integrity, keeping, replicas } = parts;
  const { health, healing, channels } = watching;
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
  const emergencies = await Emergencies.open({
    home,
    settings: emergenciesOf(settings),
    mode: settings.healing.mode,
    incidents,
    health,
    components: health.components,
    protection,
    keeping,
    integrity,
    channels,
    audit,
    operations,
    clock,
    log: log.child('emergencies'),
  });
  return new HardeningManager({
    ...watching,
    operations,
    audit,
    incidents,
    emergencies,
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
      operations,
      clock,
      log: log.child('loss'),
    }),
    unrestored: await openLosses(repository),
    clock,
    keeping,
    keys: parts.keys,
    replicas,
  });
}

function systemOf({
  options,
  settings,
  operations,
  fileLog,
  parts,
  watching,
  manager,
  brake,
}: Around & {
  readonly parts: Protection;
  readonly watching: Health;
  readonly manager: HardeningManager;
  readonly brake: MachineBrake;
}): System {
  const { log } = fileLog;
  const { home, version } = options;
  const { protection, integrity, keeping, replicas } = parts;
  const { audit, emergencies, incidents, health, healing } = manager;
  const ownWork = new OwnWork({ trail: audit, manager, healing, health });
  const leaving = new Leaving(async () => {
    operations.close();
    brake.close();
    await emergencies.close();
    await incidents.shutdown();
    await integrity.close();
    await closeHealth(watching);
    await manager.close();
    await closeProtection(parts);
    ownWork.close();
    await audit.close();
    log.info('The agent has left');
    await fileLog.close();
  });
  const takeUp = async (leave: (why: string) => void): Promise<void> => {
    try {
      await protection.resume();
      await healing.resume();
      await health.start();
      healing.start();
      incidents.start(manager);
      emergencies.start(manager, leave);
      await keeping.start();
    } catch (error) {
      log.error('What was protected cannot be taken up', { error });
    }
  };
  return {
    settings,
    log,
    parts,
    manager,
    metrics: watching.metrics,
    async begin(leave) {
      const underWay = takeUp(leave);
      await recordStart(audit, { version, settings, home });
      audit.start();
      warnOfExposedKey(parts, log);
      replicas.start();
      integrity.start();
      return { underWay };
    },
    close: () => leaving.now(),
  };
}

function warnOfExposedKey({ repository }: Protection, log: Log): void {
  const { guard } = repository.keys;
  if (guard.kind === 'key-file' && guard.exposed)
    log.warn("Others could read the store's key; its file is closed to them now", {
      path: guard.path,
      hint: 'If somebody may have read it: bulwark key rotate',
    });
}
