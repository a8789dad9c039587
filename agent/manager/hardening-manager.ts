import { basename } from 'node:path';
import type { Emergencies } from './emergencies/emergencies';
import type { Incidents } from './incidents/incidents';
import type { ManagerEvent } from './manager-event';
import type { AuditTrail } from './audit/audit-trail';
import type { Clock } from '../support/clock';
import { Emitter } from '../support/emitter';
import { OpenLosses } from './open-losses';
import { JournalNews } from './journal-news';
import type { OperationSchedule } from './operations/operation-schedule';
import { waitingWork, type WaitingWork } from './operations/waiting-work';
import { keepReported, type Trouble } from './trouble';
import type { DataProtectionLayer } from '../protection/data-protection-layer';
import { sourceNameIn } from '../protection/source';
import type { ProtectionEvent } from '../protection/protection-types';
import type { IntegrityCare } from '../protection/integrity/integrity-care';
import type { Keeping } from '../protection/backups/keeping';
import type { KeyCare } from '../protection/recovery/key-care';
import type { Replicas } from '../protection/replicas/replicas';
import type { Restores } from '../protection/restores';
import type { RestoreOutcome } from '../protection/restore/restore-run';
import type { Loss } from '../protection/loss/loss';
import type { LossGuard } from '../protection/loss/loss-guard';
import type { Moments } from '../protection/journal/moments';
import type { SnapshotRecord, Snapshots } from '../protection/snapshots';
import type { SourceGuard } from '../protection/source-guard';
import type { StoreCare } from '../protection/store-care';
import type { RecoveringPrograms } from '../healing/actions/programs';
import type { SelfHealingSystem } from '../healing/self-healing-system';
import type { Doctor } from '../healing/doctor';
import type { AlertChannels } from '../monitor/channels/alert-channels';
import type { HealthMonitor } from '../monitor/health-monitor';
import type { WorktreeStatus, WorktreeStatuses } from '../monitor/worktree-status';

/** A protected worktree or folder with all that is known of it. */
export interface WorktreeView {
  readonly guard: SourceGuard;
  readonly name: string;
  /** Null for a plain folder, and until git was asked. */
  readonly status: WorktreeStatus | null;
  readonly snapshots: number;
}

export interface ManagerOptions {
  readonly protection: DataProtectionLayer;
  readonly restore: Restores;
  readonly snapshots: Snapshots;
  readonly store: StoreCare;
  readonly integrity: IntegrityCare;
  readonly moments: Moments;
  readonly losses: LossGuard;
  /** Losses of earlier days that nobody has restored yet. */
  readonly unrestored: readonly Loss[];
  readonly clock: Clock;

  readonly keys: KeyCare;
  readonly replicas: Replicas;
  readonly statuses: WorktreeStatuses;
  readonly keeping: Keeping;
  readonly health: HealthMonitor;
  readonly channels: AlertChannels;
  readonly healing: SelfHealingSystem;
  /** Programs that can do something about the components that they registered. */
  readonly recoveringPrograms: RecoveringPrograms;
  readonly doctor: Doctor;
  readonly audit: AuditTrail;
  readonly incidents: Incidents;
  readonly emergencies: Emergencies;
  readonly operations: OperationSchedule;
}

/** Brings the parts of the agent together for those who ask from outside. */
export class HardeningManager {
  readonly onEvent = new Emitter<ManagerEvent>();
  readonly protection: DataProtectionLayer;
  readonly restore: Restores;
  readonly snapshots: Snapshots;
  readonly store: StoreCare;
  readonly integrity: IntegrityCare;
  readonly moments: Moments;
  readonly keeping: Keeping;

  readonly keys: KeyCare;
  readonly replicas: Replicas;
  readonly health: HealthMonitor;
  readonly channels: AlertChannels;
  readonly healing: SelfHealingSystem;
  readonly recoveringPrograms: RecoveringPrograms;
  readonly doctor: Doctor;
  readonly audit: AuditTrail;
  readonly incidents: Incidents;
  readonly emergencies: Emergencies;
  readonly operations: OperationSchedule;
  readonly #statuses: WorktreeStatuses;
  readonly #losses: LossGuard;
  readonly #news: JournalNews;
  readonly #open: OpenLosses<Loss>;
  readonly #subscriptions: readonly { dispose(): void }[];

  constructor(options: ManagerOptions) {
    this.protection = options.protection;
    this.restore = options.restore;
    this.snapshots = options.snapshots;
    this.store = options.store;
    this.integrity = options.integrity;
    this.moments = options.moments;

    this.keys = options.keys;
    this.replicas = options.replicas;
    this.#statuses = options.statuses;
    this.#losses = options.losses;
    this.#open = new OpenLosses({
      clock: options.clock,
      unrestored: options.unrestored,
      isReadable: (source) => {
        const status = options.statuses.last(source);
        return status === null ? null : status.state !== 'unreadable' && status.state !== 'missing';
      },
      tell: (loss) => {
        this.onEvent.emit({ kind: 'loss', loss });
      },
    });
    this.#news = new JournalNews(options.clock, (record) => {
      this.onEvent.emit({ kind: 'journal-written', record });
    });
    this.keeping = options.keeping;
    this.health = options.health;
    this.channels = options.channels;
    this.healing = options.healing;
    this.recoveringPrograms = options.recoveringPrograms;
    this.doctor = options.doctor;
    this.audit = options.audit;
    this.incidents = options.incidents;
    this.emergencies = options.emergencies;
    this.operations = options.operations;
    this.#subscriptions = [
      options.protection.onEvent.on((event) => {
        this.#forward(event);
      }),
      options.keeping.onEvent.on((event) => {
        this.onEvent.emit(event);
      }),
      options.integrity.onEvent.on((event) => {
        this.onEvent.emit(event);
      }),
      options.statuses.onChange.on((source) => {
        const status = options.statuses.last(source);
        const askedAt = options.statuses.askedAt(source);
        if (status !== null) options.losses.observe(source, { status, askedAt });
        this.#open.look(source);
        this.health.changed(source);
        this.#tell(source);
      }),
      options.losses.onLoss.on((loss) => {
        this.#open.add(loss);
        // It is pinned now.
        if (loss.record.source.kind !== 'repository')
          this.onEvent.emit({ kind: 'snapshot-changed', record: loss.record });
      }),
    ];
  }

  /** Losses of which nothing was restored since, one a source. */
  get losses(): Loss[] {
    return this.#open.list();
  }

  /** Work that waits for its turn, or for a better moment. */
  get waiting(): WaitingWork[] {
    return waitingWork(this.operations.waiting, this.keeping.held);
  }

  /** All protected worktrees and folders. @param fresh asks git for those never looked at */
  async worktrees(fresh = true): Promise<WorktreeView[]> {
    await this.protection.takenUp();
    const views: WorktreeView[] = [];
    for (const guard of this.protection.guards()) views.push(await this.view(guard, fresh));
    return views;
  }

  async view(guard: SourceGuard, fresh = true): Promise<WorktreeView> {
    const { source } = guard;
    const known = this.#statuses.last(source.id);
    const status =
      known ?? (fresh && source.kind === 'worktree' ? await this.#statuses.read(source) : null);
    const snapshots = await this.snapshots.count(source.id);
    return { guard, name: basename(guard.source.path), status, snapshots };
  }

  /**
   * A folder or data source as it is now, as a snapshot; for comparing.
   * @param of the source that is meant, where it is one
   * @throws BulwarkError `path-missing`, `program-absent` …
   */
  async presentOf(
    path: string,
    of: SnapshotRecord['source'] | null,
    signal: AbortSignal,
  ): Promise<SnapshotRecord> {
    const request = { kind: 'automatic', label: null, always: false, signal } as const;
    if (of?.kind === 'files') return this.protection.snapshotAside(of, request);
    if (sourceNameIn(path) !== null)
      return (await this.protection.backedUpOf(path)).capture(request);
    const guard = this.protection.guards().find(({ source }) => source.path === path);
    return guard === undefined
      ? this.protection.snapshotAside(path, request)
      : guard.capture(request);
  }

  /**
   * Keeps the state that somebody reports as wrong, and tells people.
   * @throws BulwarkError `not-protected`, `source-unknown`
   */
  async report(what: { path: string; message: string; by: string }): Promise<Trouble> {
    const trouble = await keepReported(this, what);
    this.onEvent.emit({ kind: 'trouble', trouble });
    return trouble;
  }

  /** Tells that a restore is done, and looks again at what it may have brought back. */
  async restored(outcome: RestoreOutcome): Promise<RestoreOutcome> {
    const guard = this.protection.guards().find(({ source }) => source.path === outcome.target);
    if (guard !== undefined) this.#open.drop(guard.source.id);
    const place = guard === undefined ? null : this.protection.placeOf(guard.source.id);
    if (place !== null) await this.protection.refreshPlace(place);
    const now = guard === undefined ? null : this.protection.guard(guard.source.id);
    if (now?.source.kind === 'worktree') await this.#statuses.read(now.source);
    this.onEvent.emit({ kind: 'restore-completed', outcome });
    return outcome;
  }

  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.dispose();
    await this.#losses.close();
    this.#open.close();
    this.#news.close();
    this.#statuses.close();
  }

  #forward(event: ProtectionEvent): void {
    switch (event.kind) {
      case 'source-changed': {
        const guard = this.protection.guard(event.source);
        if (guard?.source.kind === 'worktree') this.#statuses.stale(guard.source);
        this.health.changed(event.source);
        this.#tell(event.source);
        return;
      }
      case 'source-removed':
        this.#statuses.forget(event.source);
        this.#open.drop(event.source);
        this.onEvent.emit({ kind: 'worktree-removed', source: event.source });
        return;
      case 'journal-written':
        this.#news.add(event.record);
        return;
      // The loss guard tells what they mean.
      case 'source-lost':
      case 'source-restoring':
      case 'source-restored':
        return;
      case 'snapshot-created':
        if (event.record.source.kind !== 'repository')
          this.onEvent.emit({ kind: 'snapshot-created', record: event.record });
        return;
    }
  }

  #tell(source: string): void {
    const guard = this.protection.guard(source);
    if (guard !== null && guard.source.kind !== 'repository')
      this.onEvent.emit({ kind: 'worktree-changed', guard });
  }
}
