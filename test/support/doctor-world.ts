import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Attempts } from '../../agent/healing/attempt';
import { Doctor, type DoctorReport } from '../../agent/healing/doctor';
import { Backups } from '../../agent/protection/backups/backups';
import { DataProtectionLayer } from '../../agent/protection/data-protection-layer';
import { GitBackups } from '../../agent/protection/git-backups';
import { ProtectedPlaces } from '../../agent/protection/protected-places';
import { Repository } from '../../agent/repository/repository';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { WorkerPool } from '../../agent/support/worker-pool';
import { Git } from '../../agent/worktrees/git';

const SCRIPT = resolve(__dirname, '../../agent/main.js');

/** The doctor with a store, as the agent puts them together, on real folders. */
export class DoctorWorld {
  readonly root: string;
  readonly protection: DataProtectionLayer;
  readonly doctor: Doctor;
  readonly attempts: Attempts;
  readonly #close: () => Promise<void>;

  private constructor(
    root: string,
    parts: Pick<DoctorWorld, 'protection' | 'doctor' | 'attempts'>,
    close: () => Promise<void>,
  ) {
    this.root = root;
    this.protection = parts.protection;
    this.doctor = parts.doctor;
    this.attempts = parts.attempts;
    this.#close = close;
  }

  /**
   * @param at the folder of an earlier world; a new one unless given
   * @param onStep called at each step of a repair
   */
  static async open(at?: string, onStep?: (step: string) => Promise<void>): Promise<DoctorWorld> {
    const root = at ?? realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-doctor-test-')));
    const home = join(root, 'home');
    mkdirSync(home, { recursive: true });
    const common = { clock: systemClock, log: silentLog };
    const repository = await Repository.open({
      ...common,
      path: join(home, 'store'),
      keyFolder: join(home, 'keys'),
      codec: 'zstd',
    });
    const pool = new WorkerPool({ script: SCRIPT, size: 2 });
    const git = new Git(common);
    const protection = new DataProtectionLayer({
      ...common,
      repository,
      pool,
      git,
      places: await ProtectedPlaces.load(join(home, 'protected.json')),
      limits: { patterns: [], maxFileBytes: 64 * 1024 * 1024 },
      settleMs: 300,
      home,
    });
    const attempts = new Attempts({ ...common, home, git });
    const doctor = await Doctor.open({
      ...common,
      home,
      git,
      protection,
      backups: new Backups({ repository, protection, pool }),
      kept: new GitBackups(repository),
      health: { changed: () => undefined },
      ...(onStep === undefined ? {} : { onStep }),
    });
    return new DoctorWorld(root, { protection, doctor, attempts }, async () => {
      await protection.close();
      await pool.close();
      await repository.close();
    });
  }

  /** Protects the repository at a path, and snapshots all of it as it is now. */
  async protect(path: string): Promise<void> {
    await this.protection.protect(path, {});
    for (const guard of this.protection.guards()) {
      const { source } = guard;
      if (source.kind !== 'worktree' || source.worktree.commonDir !== join(path, '.git')) continue;
      await this.protection.snapshot(guard, { kind: 'automatic', label: null });
    }
  }

  examine(path: string, fix = false, offers: readonly string[] = []): Promise<DoctorReport> {
    return this.doctor.examine(path, { fix, offers }, new AbortController().signal);
  }

  /** Leaves everything in its folder, for another world. */
  leave(): Promise<void> {
    return this.#close();
  }

  async close(): Promise<void> {
    await this.#close();
    await rm(this.root, { recursive: true, force: true });
  }
}
