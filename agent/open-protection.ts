import { homedir } from 'node:os';
import { join } from 'node:path';
import { keepingOf } from './manager/keeping-settings';
import type { Settings } from './manager/settings';
import { Keeping } from './protection/backups/keeping';
import { DataProtectionLayer } from './protection/data-protection-layer';
import { IntegrityCare } from './protection/integrity/integrity-care';
import { ProtectedPlaces } from './protection/protected-places';
import { KeyCare } from './protection/recovery/key-care';
import { ReplicaList } from './protection/replicas/replica-list';
import { Replicas } from './protection/replicas/replicas';
import { RestoreEngine } from './protection/restore/restore-engine';
import { restorePorts } from './protection/restore-ports';
import { Restores } from './protection/restores';
import { Snapshots } from './protection/snapshots';
import { RecordsRestore } from './protection/sources/records-restore';
import { StoreCounts } from './protection/store-counts';
import { Repository } from './repository/repository';
import { removeTemporaries } from './support/atomic-file';
import type { Clock } from './support/clock';
import type { Log } from './support/log';
import type { Operations } from './support/operations';
import { WorkerPool } from './support/worker-pool';
import { Git } from './worktrees/git';

/** Threads that read, compress and write; more would only crowd out the user's own work. */
const THREADS = 2;
/** Whoever saves files again within this finds threads that run already, ms. */
const THREADS_REST_MS = 60_000;

export interface OpenProtectionOptions {
  /** Folder with all of the agent's state. */
  readonly home: string;
  readonly settings: Settings;
  /** The script that worker threads run. */
  readonly script: string;
  /** Of the store, if somebody told it. */
  readonly passphrase: string | null;
  /** What goes first, where not everything can run at once. */
  readonly operations: Operations;
  readonly clock: Clock;
  readonly log: Log;
}

/** The store, and everything that keeps, proves and brings back. Nothing runs yet. */
export interface Protection {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly git: Git;
  readonly places: ProtectedPlaces;
  readonly protection: DataProtectionLayer;
  readonly keeping: Keeping;
  readonly engine: RestoreEngine;
  readonly restores: Restores;
  readonly snapshots: Snapshots;
  readonly integrity: IntegrityCare;
  readonly replicas: Replicas;
  readonly counts: StoreCounts;
  readonly keys: KeyCare;
}

/**
 * Opens the store and puts together what works on it.
 * @throws BulwarkError `store-locked` when another agent has the store, `wrong-key` …
 */
export async function openProtection(options: OpenProtectionOptions): Promise<Protection> {
  const { home, settings, clock, log } = options;
  const places = await ProtectedPlaces.load(join(home, 'protected.json'));
  const replicaList = await ReplicaList.load(join(home, 'replicas.json'));
  const repository = await Repository.open({
    path: join(home, 'store'),
    keyFolder: join(home, 'keys'),
    passphrase: options.passphrase,
    codec: settings.codec,
    clock,
    log: log.child('repository'),
  });
  try {
    for (const folder of [home, join(home, 'health')]) await removeTemporaries(folder);
    return await openAround(repository, { places, replicaList }, options);
  } catch (error) {
    await repository.close();
    throw error;
  }
}

async function openAround(
  repository: Repository,
  { places, replicaList }: { places: ProtectedPlaces; replicaList: ReplicaList },
  { home, settings, script, operations, clock, log }: OpenProtectionOptions,
): Promise<Protection> {
  const pool = new WorkerPool({ script, size: THREADS, clock, restMs: THREADS_REST_MS });
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
    operations,
    clock,
    log: log.child('protection'),
  });
  const keeping: Keeping = new Keeping({
    repository,
    protection,
    pool,
    operations,
    clock,
    log: log.child('keeping'),
    ...keepingOf(settings),
  });
  const ports = restorePorts(repository, protection);
  const engine = new RestoreEngine({
    repository,
    pool,
    git,
    clock,
    log: log.child('restore'),
    journalFolder: join(home, 'restores'),
    home: homedir(),
    ownFolder: home,
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
    makePool: () => new WorkerPool({ script, size: 1 }),
    repositorySnapshots: ports.repositorySnapshots,
    betweenRestores: (fn) => engine.exclusively(fn),
    ledgerPath: join(home, 'integrity.json'),
    drillPath: join(home, 'drill.json'),
    scratchFolder: join(settings.scratchFolder ?? home, 'bulwark-scratch'),
    budget: {
      bytesPerSecond: settings.scrubBytesPerSecond,
      cpuShare: settings.scrubCpuPercent / 100,
    },
    operations,
    clock,
    log: log.child('integrity'),
  });
  const replicas = new Replicas({
    repository,
    pool,
    list: replicaList,
    everyMs: settings.replicaMinutes * 60_000,
    home,
    operations,
    clock,
    log: log.child('replicas'),
  });
  replicas.onSynced.on(() => void integrity.reclaim());
  return {
    repository,
    pool,
    git,
    places,
    protection,
    keeping,
    engine,
    restores: new Restores({ engine, records, repository, operations }),
    snapshots: new Snapshots(repository, protection),
    integrity,
    replicas,
    counts: new StoreCounts(repository, protection),
    keys: new KeyCare({
      repository,
      keyFolder: join(home, 'keys'),
      exclusively: (fn) => protection.exclusively(fn),
      onChanged: () => {
        replicas.start();
      },
    }),
  };
}

/** Ends the work on a store and lets go of it; what proves it must be closed before. */
export async function closeProtection(parts: Protection): Promise<void> {
  const { counts, keeping, protection, replicas, pool, repository } = parts;
  counts.close();
  await keeping.close();
  await protection.close();
  await replicas.close();
  await pool.close();
  await repository.close();
}
