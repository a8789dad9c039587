import { randomBytes } from 'node:crypto';
import type { BackupKind, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { Emitter } from '../../support/emitter';
import type { Log } from '../../support/log';
import { displayName } from '../../support/names';
import { UNORDERED, type Operations } from '../../support/operations';
import type { WorkerPool } from '../../support/worker-pool';
import { BackupScheduler, type HeldBackup, type Scheduled } from './backup-scheduler';
import { Backups, type Backup, type BackupRequest } from './backups';
import type { BackedUp } from '../backed-up';
import type { DataProtectionLayer } from '../data-protection-layer';
import { Housekeeping, refusePinned, type CleanUp } from './housekeeping';
import type { GcGrace } from '../../repository/gc/gc';
import { classOf, type RetentionPolicy } from './retention';
import type { ScheduledKind, Schedules } from './schedules';
import type { Space, SpaceLimits } from './space';

export interface KeepingOptions {
  readonly repository: Repository;
  readonly protection: DataProtectionLayer;
  readonly pool: WorkerPool;
  /** What goes before backups; nothing unless given. */
  readonly operations?: Operations;
  readonly clock: Clock;
  readonly log: Log;
  readonly schedules: Schedules;
  readonly policy: RetentionPolicy;
  readonly limits: SpaceLimits;
  readonly grace: GcGrace;
}

/** What keeping tells. */
export type KeepingEvent =
  | { readonly kind: 'snapshots-forgotten'; readonly records: readonly SnapshotRecord[] }
  /** It was pinned or unpinned. */
  | { readonly kind: 'snapshot-changed'; readonly record: SnapshotRecord }
  | { readonly kind: 'space'; readonly space: Space; readonly forgotten: number }
  | {
      readonly kind: 'backup-failed';
      readonly source: Scheduled;
      readonly backup: ScheduledKind;
      readonly message: string;
    };

/** A kind of backup: when it runs, and how long it is kept. Times in ms. */
export interface KeptKind {
  readonly kind: BackupKind | 'journal';
  readonly pattern: string | null;
  readonly keepMs: number;
  readonly last: number | null;
  readonly next: number | null;
  /** Why one that is due waits, for people; null where none does. */
  readonly heldBy: string | null;
}

/** Which backups are taken when, how long they are kept, and what becomes of their space. */
export class Keeping {
  readonly onEvent = new Emitter<KeepingEvent>();
  readonly #options: KeepingOptions;
  readonly #operations: Operations;
  readonly #backups: Backups;
  readonly #scheduler: BackupScheduler;
  readonly #housekeeping: Housekeeping;
  readonly #subscription: { dispose(): void };

  constructor(options: KeepingOptions) {
    const { repository, protection } = options;
    this.#options = options;
    this.#operations = options.operations ?? UNORDERED;
    this.#backups = new Backups(options);
    this.#housekeeping = new Housekeeping({
      ...options,
      operations: this.#operations,
      exclusively: (fn) => protection.exclusively(fn),
      onForgotten: (records) => {
        void this.#lookAgain(records);
        this.onEvent.emit({ kind: 'snapshots-forgotten', records });
      },
      onSpace: (space, forgotten) => {
        this.onEvent.emit({ kind: 'space', space, forgotten });
      },
    });
    this.#scheduler = new BackupScheduler({
      ...options,
      snapshots: () => repository.catalog.allSnapshots(),
      sources: () => protection.present().map(({ source: { id, path } }) => ({ id, path })),
      run: (source, kind) => this.#scheduled(source, kind),
      heldBy: ({ path }) => this.#operations.heldBy(path),
      onFailure: (source, backup, message) => {
        this.onEvent.emit({ kind: 'backup-failed', source, backup, message });
      },
    });
    this.#subscription = protection.onEvent.on((event) => {
      if (event.kind === 'snapshot-created') this.#scheduler.note(event.record);
    });
  }

  async start(): Promise<void> {
    this.#housekeeping.start();
    await this.#scheduler.start();
  }

  /**
   * Takes a backup of a kind now.
   * @param path anything in the worktree that is meant; null backs up all
   * @throws BulwarkError `not-protected`, and what {@link Backups.run} throws
   */
  async backUp(
    backup: BackupKind,
    path: string | null,
    context: Pick<BackupRequest, 'signal' | 'onProgress'>,
  ): Promise<Backup[]> {
    const { protection } = this.#options;
    const guards =
      path === null
        ? protection.present().filter(({ source }) => source.kind !== 'repository')
        : [await protection.backedUpOf(path)];
    const done: Backup[] = [];
    for (const guard of guards)
      done.push(await this.#backUp(guard, { backup, kind: 'manual', ...context }));
    return done;
  }

  /**
   * Reads every file of one source again and proves that it can be read back, whatever is known of it.
   * @throws what {@link Backups.run} throws
   */
  async backUpFresh(guard: BackedUp, label: string, signal: AbortSignal): Promise<SnapshotRecord> {
    const request = { backup: 'full', kind: 'manual', label, signal } as const;
    const { record } = await this.#backUp(guard, request);
    return record;
  }

  /** Scheduled backups that are due and wait for a better moment. */
  get held(): HeldBackup[] {
    return this.#scheduler.held;
  }

  schedule(): KeptKind[] {
    const { policy } = this.#options;
    const scheduled = this.#scheduler.states().map((state): KeptKind => {
      return { ...state, keepMs: policy[state.kind] };
    });
    const snapshot: KeptKind = {
      kind: 'snapshot',
      pattern: null,
      keepMs: policy.snapshot,
      last: this.#options.protection
        .guards()
        .reduce<number | null>(
          (last, { newest }) => (newest === null ? last : Math.max(last ?? 0, newest.createdAt)),
          null,
        ),
      next: null,
      heldBy: null,
    };
    const journal: KeptKind = {
      kind: 'journal',
      pattern: null,
      keepMs: policy.journal,
      last: null,
      next: null,
      heldBy: null,
    };
    return [...scheduled, snapshot, journal];
  }

  /** Pins a snapshot or lets go of it. @param reason why, for people */
  async pin(record: SnapshotRecord, pinned: boolean, reason: string): Promise<void> {
    const { repository, protection, clock } = this.#options;
    await protection.exclusively(() =>
      repository.commit([
        {
          type: 'pin',
          id: randomBytes(16).toString('hex'),
          sequence: repository.catalog.nextSequence(),
          at: clock.now(),
          target: record.id,
          pinned,
          reason,
        },
      ]),
    );
    this.onEvent.emit({ kind: 'snapshot-changed', record });
  }

  /** When the time of a snapshot is over, ms since 1970; some are kept longer, none shorter while there is room. */
  keptUntil(record: SnapshotRecord): number {
    return record.createdAt + this.#options.policy[classOf(record)];
  }

  /**
   * What deleting snapshots would mean.
   * @returns each of them once, and what a person should know
   * @throws BulwarkError `snapshot-pinned`
   */
  async planDelete(
    asked: readonly SnapshotRecord[],
  ): Promise<{ records: SnapshotRecord[]; notes: string[] }> {
    const { catalog } = this.#options.repository;
    const records = [...new Map(asked.map((record) => [record.id, record])).values()];
    refusePinned(records, await catalog.pins());
    const undo = await this.#housekeeping.retention.undoSnapshots();
    const ids = new Set(records.map(({ id }) => id));
    const notes: string[] = [];
    for (const { id, source } of records) {
      const short = id.slice(0, 10);
      if (undo.has(id)) notes.push(`Without ${short} the last restore cannot be undone.`);
      const [newest] = await catalog.snapshots(source.id, { limit: 1 });
      if (newest?.id === id) notes.push(`${short} is the newest snapshot of ${source.path}.`);
    }
    for (const source of new Set(records.map((record) => record.source.id))) {
      const newest = await catalog.snapshots(source, { limit: ids.size + 1 });
      if (newest.every(({ id }) => ids.has(id)))
        notes.push('No snapshot of this worktree would be left.');
    }
    return { records, notes };
  }

  /** Deletes snapshots. @returns how many. @throws BulwarkError `snapshot-pinned` */
  async delete(asked: readonly SnapshotRecord[]): Promise<number> {
    const { records } = await this.planDelete(asked);
    await this.#housekeeping.delete(records);
    return records.length;
  }

  cleanUp(options: Parameters<Housekeeping['cleanUp']>[0]): Promise<CleanUp> {
    return this.#housekeeping.cleanUp(options);
  }

  /** Keeps the store to its limits. */
  makeRoom(): Promise<void> {
    return this.#housekeeping.makeRoom();
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.#subscription.dispose();
    await this.#scheduler.close();
    await this.#housekeeping.close();
  }

  /** Who has a deleted snapshot for the newest of its source is told which one that is now. */
  async #lookAgain(records: readonly SnapshotRecord[]): Promise<void> {
    const { protection, repository } = this.#options;
    const gone = new Set(records.map(({ id }) => id));
    const kept = [...protection.everyGuard(), ...protection.dataSources.programGuards()];
    for (const guard of kept) {
      if (guard.newest === null || !gone.has(guard.newest.id)) continue;
      const [newest] = await repository.catalog.snapshots(guard.source.id, { limit: 1 });
      guard.remember(newest ?? null);
    }
  }

  async #scheduled(source: Scheduled, backup: ScheduledKind): Promise<SnapshotRecord> {
    const guard = this.#options.protection.backedUp(source.id);
    if (guard === null) throw new RangeError(`source ${source.id} is not protected any more`);
    const { record } = await this.#backUp(guard, { backup, kind: 'automatic' });
    return record;
  }

  #backUp(guard: BackedUp, request: BackupRequest): Promise<Backup> {
    const { path } = guard.source;
    const what = `a backup (${request.backup}) of ${displayName(path)}`;
    const operation = { priority: 'backup', worktree: path, what } as const;
    return this.#operations.run(operation, request.signal, () => this.#backups.run(guard, request));
  }
}
