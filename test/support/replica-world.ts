import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplicaList } from '../../agent/protection/replicas/replica-list';
import { Replicas } from '../../agent/protection/replicas/replicas';
import type { Repository } from '../../agent/repository/repository';
import type { Clock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { WorkerPool } from '../../agent/support/worker-pool';
import { StoreFixture } from '../integration/repository/store-fixture';

/** Replicas try again, and copy, when this clock says so. */
class SteppedClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { at: number; fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): { cancel(): void } {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimeout(resolve, ms);
    });
  }

  /** Lets time pass; what is due runs. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { fn } of due) fn();
  }
}

/** A store with replicas, as the agent has them. */
export class ReplicaWorld {
  readonly clock: SteppedClock;
  readonly store: StoreFixture;
  readonly disk: string;
  repository: Repository;
  replicas: Replicas;
  readonly #pool: WorkerPool;

  private constructor(parts: {
    clock: SteppedClock;
    store: StoreFixture;
    disk: string;
    repository: Repository;
    replicas: Replicas;
    pool: WorkerPool;
  }) {
    this.clock = parts.clock;
    this.store = parts.store;
    this.disk = parts.disk;
    this.repository = parts.repository;
    this.replicas = parts.replicas;
    this.#pool = parts.pool;
  }

  static async make(): Promise<ReplicaWorld> {
    const store = await StoreFixture.make();
    const disk = join(store.folder, 'disk');
    await mkdir(disk);
    const pool = new WorkerPool({
      script: join(__dirname, '../integration/repository/verify-worker.js'),
      size: 2,
    });
    const repository = await store.open('none');
    const clock = new SteppedClock();
    const replicas = await replicasOf(store, repository, pool, clock);
    return new ReplicaWorld({ clock, store, disk, repository, replicas, pool });
  }

  /** Path of a pack's copy on the mirror. */
  copyOf(packId: string): string {
    return join(this.disk, 'mirror', 'packs', `${packId}.pack`);
  }

  get mirror(): string {
    return join(this.disk, 'mirror');
  }

  /** Closes the store and opens it again, as an agent that is started again does. */
  async restart(): Promise<void> {
    await this.replicas.close();
    await this.store.close(this.repository);
    this.repository = await this.store.open('none');
    this.replicas = await replicasOf(this.store, this.repository, this.#pool, this.clock);
    this.replicas.start();
  }

  /** Waits until the one replica is in a state. */
  async until(kind: string): Promise<void> {
    for (;;) {
      const [view] = await this.replicas.views();
      if (view?.state.kind === kind) return;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  async remove(): Promise<void> {
    await this.replicas.close();
    await this.#pool.close();
    await this.store.remove();
  }
}

async function replicasOf(
  store: StoreFixture,
  repository: Repository,
  pool: WorkerPool,
  clock: Clock,
): Promise<Replicas> {
  return new Replicas({
    repository,
    pool,
    list: await ReplicaList.load(join(store.folder, 'replicas.json')),
    everyMs: 5 * 60_000,
    home: join(store.folder, 'store'),
    clock,
    log: silentLog,
  });
}
