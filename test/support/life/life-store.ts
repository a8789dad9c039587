import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DataProtectionLayer } from '../../../agent/protection/data-protection-layer';
import { IntegrityCare } from '../../../agent/protection/integrity/integrity-care';
import { Moments } from '../../../agent/protection/journal/moments';
import { LossGuard } from '../../../agent/protection/loss/loss-guard';
import { KeyCare } from '../../../agent/protection/recovery/key-care';
import { ReplicaList } from '../../../agent/protection/replicas/replica-list';
import { Replicas } from '../../../agent/protection/replicas/replicas';
import { Keeping } from '../../../agent/protection/backups/keeping';
import { DEFAULT_SCHEDULES } from '../../../agent/protection/backups/schedules';
import { ProtectedPlaces } from '../../../agent/protection/protected-places';
import { RestoreEngine } from '../../../agent/protection/restore/restore-engine';
import { restorePorts } from '../../../agent/protection/restore-ports';
import { DEFAULT_RETENTION } from '../../../agent/protection/backups/retention';
import { Repository } from '../../../agent/repository/repository';
import { verify } from '../../../agent/repository/verify/verify';
import type { Clock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { WorkerPool } from '../../../agent/support/worker-pool';
import { Git } from '../../../agent/worktrees/git';
import { HeldClock } from './held-clock';

const SCRIPT = resolve(__dirname, '../../../agent/main.js');
const HOUR = 3_600_000;

export interface LifeStoreOptions {
  /** Folder of all state. */
  readonly home: string;
  /** What the user's home folder is taken to be. */
  readonly user: string;
  readonly clock: Clock;
  /** Before each step of a restore. */
  readonly onStep: (step: string) => Promise<void>;
  /** Before anything that is protected is taken up. */
  readonly onOpen: (store: LifeStore) => void;
}

interface Parts {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly git: Git;
  readonly protection: DataProtectionLayer;
  readonly keeping: Keeping;
  readonly restore: RestoreEngine;
  readonly moments: Moments;
  readonly keys: KeyCare;
  readonly care: IntegrityCare;
  readonly replicas: Replicas;
  readonly losses: LossGuard;
  /** The clock of the loss guard: it looks when it is let. */
  readonly held: HeldClock;
  readonly limits: { quotaBytes: number | null; floorBytes: number };
  readonly clock: Clock;
}

/** The store and all that works on it, put together as the agent does it. */
export class LifeStore {
  readonly repository: Repository;
  readonly protection: DataProtectionLayer;
  readonly keeping: Keeping;
  readonly restore: RestoreEngine;
  readonly moments: Moments;
  readonly keys: KeyCare;
  readonly care: IntegrityCare;
  readonly replicas: Replicas;
  readonly losses: LossGuard;
  readonly git: Git;
  readonly held: HeldClock;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.repository = parts.repository;
    this.protection = parts.protection;
    this.keeping = parts.keeping;
    this.restore = parts.restore;
    this.moments = parts.moments;
    this.keys = parts.keys;
    this.care = parts.care;
    this.replicas = parts.replicas;
    this.losses = parts.losses;
    this.git = parts.git;
    this.held = parts.held;
    this.#parts = parts;
  }

  /** Opens it, and ends what a crash left half done. */
  static async open({ home, user, clock, onStep, onOpen }: LifeStoreOptions): Promise<LifeStore> {
    mkdirSync(home, { recursive: true });
    const common = { clock, log: silentLog };
    const repository = await Repository.open({
      ...common,
      path: join(home, 'store'),
      keyFolder: join(home, 'keys'),
      codec: 'zstd',
    });
    const pool = new WorkerPool({ script: SCRIPT, size: 1 });
    const git = new Git(common);
    const protection = new DataProtectionLayer({
      ...common,
      repository,
      pool,
      git,
      places: await ProtectedPlaces.load(join(home, 'protected.json')),
      limits: { patterns: [], maxFileBytes: 64 * 1024 * 1024 },
      // The life lets that time pass when it wants to.
      settleMs: 60_000,
      home,
      makeRoom: () => keeping.makeRoom(),
    });
    const limits: Parts['limits'] = { quotaBytes: null, floorBytes: 0 };
    const keeping: Keeping = new Keeping({
      ...common,
      repository,
      protection,
      pool,
      schedules: DEFAULT_SCHEDULES,
      policy: DEFAULT_RETENTION,
      limits,
      grace: { ms: HOUR, operations: 3 },
    });
    const ports = restorePorts(repository, protection);
    const restore = new RestoreEngine({
      ...common,
      ...ports,
      repository,
      pool,
      git,
      journalFolder: join(home, 'restores'),
      home: user,
      ownFolder: home,
      onStep,
    });
    const care = await IntegrityCare.open({
      ...common,
      repository,
      protection,
      git,
      pool,
      makePool: () => new WorkerPool({ script: SCRIPT, size: 1 }),
      repositorySnapshots: ports.repositorySnapshots,
      betweenRestores: (fn) => restore.exclusively(fn),
      ledgerPath: join(home, 'integrity.json'),
      drillPath: join(home, 'drill.json'),
      scratchFolder: join(home, 'bulwark-scratch'),
      budget: { bytesPerSecond: 1e9, cpuShare: 1 },
    });
    const replicas = new Replicas({
      ...common,
      repository,
      pool,
      list: await ReplicaList.load(join(home, 'replicas.json')),
      everyMs: 300_000,
      home,
    });
    replicas.onSynced.on(() => void care.reclaim());
    const held = new HeldClock(clock);
    const store = new LifeStore({
      clock,
      repository,
      pool,
      git,
      protection,
      keeping,
      restore,
      moments: new Moments(repository, protection),
      keys: new KeyCare({
        repository,
        keyFolder: join(home, 'keys'),
        exclusively: (fn) => protection.exclusively(fn),
        onChanged: () => {
          replicas.start();
        },
      }),
      care,
      replicas,
      losses: new LossGuard({ ...common, clock: held, protection, repository, git }),
      held,
      limits,
    });
    onOpen(store);
    await restore.recover();
    return store;
  }

  /** Takes up what is protected. */
  async resume(): Promise<void> {
    await this.protection.resume();
    await this.keeping.start();
    this.care.start();
    this.replicas.start();
  }

  /** What is wrong with the store; everything in it is read. */
  async errors(): Promise<readonly unknown[]> {
    const { repository, pool, clock } = this.#parts;
    return (await verify(repository, pool, { clock })).errors;
  }

  /** From now on the store may take so much; null for no limit. */
  allow(quotaBytes: number | null): void {
    this.#parts.limits.quotaBytes = quotaBytes;
  }

  async close(): Promise<void> {
    await this.care.close();
    await this.losses.close();
    await this.keeping.close();
    await this.protection.close();
    await this.replicas.close();
    await this.#parts.pool.close();
    await this.repository.close();
  }
}
