import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataProtectionLayer } from '../../agent/protection/data-protection-layer';
import type { Integrity } from '../../agent/protection/integrity/integrity';
import {
  IntegrityCare,
  type IntegrityEvent,
} from '../../agent/protection/integrity/integrity-care';
import { ProtectedPlaces } from '../../agent/protection/protected-places';
import { ReplicaList } from '../../agent/protection/replicas/replica-list';
import { Replicas } from '../../agent/protection/replicas/replicas';
import { RestoreEngine } from '../../agent/protection/restore/restore-engine';
import { restorePorts } from '../../agent/protection/restore-ports';
import type { SnapshotRecord } from '../../agent/repository/record';
import { Repository } from '../../agent/repository/repository';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { WorkerPool } from '../../agent/support/worker-pool';
import { Git } from '../../agent/worktrees/git';
import { git } from './restore-world';

const SCRIPT = resolve(__dirname, '../../agent/main.js');

interface Open {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly protection: DataProtectionLayer;
  readonly restore: RestoreEngine;
  readonly care: IntegrityCare;
  readonly replicas: Replicas;
}

/** The agent's care for its store, put together as the agent does it, on real folders. */
export class IntegrityWorld {
  readonly root: string;
  /** A git repository with a few files, which is protected. */
  readonly repo: string;
  readonly events: IntegrityEvent[] = [];
  #open: Open | null = null;

  private constructor(root: string) {
    this.root = root;
    this.repo = join(root, 'app');
  }

  /** @param root an empty folder for all of it; one of its own unless told */
  static async make(
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-integrity-'))),
  ): Promise<IntegrityWorld> {
    const world = new IntegrityWorld(root);
    mkdirSync(world.repo);
    git(world.repo, 'init', '-q', '-b', 'main');
    writeFileSync(join(world.repo, 'kept.txt'), 'kept\n'.repeat(1000));
    writeFileSync(join(world.repo, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    git(world.repo, 'add', '.');
    git(world.repo, 'commit', '-q', '-m', 'first');
    writeFileSync(join(world.repo, '.env'), 'SECRET=1\n');
    await world.start();
    await world.open.protection.protect(world.repo, {});
    return world;
  }

  get home(): string {
    return join(this.root, 'home');
  }

  get store(): string {
    return join(this.home, 'store');
  }

  get open(): Open {
    if (this.#open === null) throw new Error('the store is closed');
    return this.#open;
  }

  async integrity(): Promise<Integrity> {
    const { care, repository } = this.open;
    return care.integrity(await repository.packSizes());
  }

  /** @param resume takes up what is protected, and waits for it */
  async start(resume = true): Promise<void> {
    const { home } = this;
    mkdirSync(home, { recursive: true });
    const common = { clock: systemClock, log: silentLog };
    const repository = await Repository.open({
      ...common,
      path: this.store,
      keyFolder: join(home, 'keys'),
      codec: 'zstd',
    });
    const pool = new WorkerPool({ script: SCRIPT, size: 2 });
    const ownGit = new Git(common);
    const protection = new DataProtectionLayer({
      ...common,
      repository,
      pool,
      git: ownGit,
      places: await ProtectedPlaces.load(join(home, 'protected.json')),
      limits: { patterns: [], maxFileBytes: 64 * 1024 * 1024 },
      // Nothing is captured unless a test asks for it.
      settleMs: 60_000,
      home,
    });
    const ports = restorePorts(repository, protection);
    const restore = new RestoreEngine({
      ...common,
      ...ports,
      repository,
      pool,
      git: ownGit,
      journalFolder: join(home, 'restores'),
      home: join(this.root, 'user'),
      ownFolder: home,
    });
    const care = await IntegrityCare.open({
      ...common,
      repository,
      protection,
      git: ownGit,
      pool,
      makePool: () => new WorkerPool({ script: SCRIPT, size: 1 }),
      repositorySnapshots: ports.repositorySnapshots,
      betweenRestores: (fn) => restore.exclusively(fn),
      ledgerPath: join(home, 'integrity.json'),
      drillPath: join(home, 'drill.json'),
      scratchFolder: join(home, 'bulwark-scratch'),
      budget: { bytesPerSecond: 1e9, cpuShare: 1 },
    });
    care.onEvent.on((event) => this.events.push(event));
    const replicas = new Replicas({
      ...common,
      repository,
      pool,
      list: await ReplicaList.load(join(home, 'replicas.json')),
      everyMs: 300_000,
      home,
    });
    this.#open = { repository, pool, protection, restore, care, replicas };
    if (resume) await protection.resume();
  }

  async stop(): Promise<void> {
    if (this.#open === null) return;
    const { repository, pool, protection, care, replicas } = this.#open;
    this.#open = null;
    await care.close();
    await protection.close();
    await replicas.close();
    await pool.close();
    await repository.close();
  }

  /** Closes and opens the store: what was written lies in a sealed pack, and nothing is in memory. */
  async reopen(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async snapshot(path = this.repo): Promise<SnapshotRecord> {
    const { protection } = this.open;
    const guard = await protection.guardOf(path);
    return protection.snapshot(guard, { kind: 'manual', label: null });
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.root, { recursive: true, force: true });
  }
}
