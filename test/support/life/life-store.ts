import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DataProtectionLayer } from '../../../agent/protection/data-protection-layer';
import { Moments } from '../../../agent/protection/journal/moments';
import { KeyCare } from '../../../agent/protection/recovery/key-care';
import { Keeping } from '../../../agent/protection/backups/keeping';
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

/** The store and all that works on it, put together as the agent does it. */
export class LifeStore {
  private constructor(
    readonly repository: Repository,
    readonly pool: WorkerPool,
    readonly protection: DataProtectionLayer,
    readonly keeping: Keeping,
    readonly restore: RestoreEngine,
    readonly moments: Moments,
    readonly keys: KeyCare,
    readonly clock: Clock,
  ) {}

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
    const keeping: Keeping = new Keeping({
      ...common,
      repository,
      protection,
      pool,
      schedules: { full: null, incremental: null, differential: null },
      policy: DEFAULT_RETENTION,
      limits: { quotaBytes: null, floorBytes: 0 },
      grace: { ms: HOUR, operations: 3 },
    });
    const restore = new RestoreEngine({
      ...common,
      ...restorePorts(repository, protection),
      repository,
      pool,
      git,
      journalFolder: join(home, 'restores'),
      home: user,
      onStep,
    });
    const moments = new Moments(repository, protection);
    const keys = new KeyCare({
      repository,
      keyFolder: join(home, 'keys'),
      exclusively: (fn) => protection.exclusively(fn),
      onChanged: () => undefined,
    });
    const store = new LifeStore(
      repository,
      pool,
      protection,
      keeping,
      restore,
      moments,
      keys,
      clock,
    );
    onOpen(store);
    await restore.recover();
    return store;
  }

  /** Takes up what is protected. */
  async resume(): Promise<void> {
    await this.protection.resume();
    await this.keeping.start();
  }

  /** What is wrong with the store; everything in it is read. */
  async errors(): Promise<readonly unknown[]> {
    return (await verify(this.repository, this.pool, { clock: this.clock })).errors;
  }

  async close(): Promise<void> {
    await this.keeping.close();
    await this.protection.close();
    await this.pool.close();
    await this.repository.close();
  }
}
