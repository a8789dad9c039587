import { PhaseChanges } from '../healing/phase-changes';
import { isOver, type RecoveryRecord } from '../healing/recovery';
import type { HardeningManager } from '../manager/hardening-manager';
import type { ManagerEvent } from '../manager/manager-event';
import type { Alert } from '../monitor/alerts/alert';
import type { HealthEvent } from '../monitor/health-monitor';
import { Emitter, type Disposable } from '../support/emitter';
import type { Log } from '../support/log';
import {
  alertOf,
  componentOf,
  emergencyOf,
  incidentOf,
  recoveryOf,
  restoreOf,
  snapshotOf,
  type NameOfFolder,
} from './convert';
import type { EventName, SystemEvents } from './events';

/** Tells the program what happens in the parts. */
export class Telling {
  readonly #log: Log;
  readonly #nameOfFolder: NameOfFolder;
  readonly #emitters: { readonly [K in EventName]: Emitter<SystemEvents[K]> } = {
    alert_created: new Emitter(),
    alert_resolved: new Emitter(),
    recovery_started: new Emitter(),
    approval_needed: new Emitter(),
    recovery_completed: new Emitter(),
    component_changed: new Emitter(),
    component_removed: new Emitter(),
    snapshot_created: new Emitter(),
    backup_failed: new Emitter(),
    data_lost: new Emitter(),
    restore_completed: new Emitter(),
    incident_opened: new Emitter(),
    incident_closed: new Emitter(),
    emergency_activated: new Emitter(),
    emergency_ended: new Emitter(),
  };
  readonly #subscriptions: readonly Disposable[];
  /** Fingerprints of alerts that were told and are not over. */
  readonly #alerts: Set<string>;
  readonly #phases = new PhaseChanges();

  constructor({
    manager,
    log,
  }: {
    readonly manager: Pick<
      HardeningManager,
      'health' | 'healing' | 'incidents' | 'emergencies' | 'protection' | 'onEvent'
    >;
    readonly log: Log;
  }) {
    const { health, healing, incidents, emergencies, protection } = manager;
    this.#log = log;
    this.#nameOfFolder = (path) => protection.dataSources.nameOfFolder(path);
    // Those of an earlier day were told then.
    const known = health.alerts.list().filter(({ phase }) => phase.kind !== 'pending');
    this.#alerts = new Set(known.map(({ fingerprint }) => fingerprint));
    this.#subscriptions = [
      health.onEvent.on((event) => {
        this.#healthTells(event);
      }),
      healing.onChange.on((record) => {
        this.#recoveryChanged(record);
      }),
      manager.onEvent.on((event) => {
        this.#managerTells(event);
      }),
      incidents.onChange.on(({ kind, incident }) => {
        const told = { incident: incidentOf(incident) };
        if (kind === 'opened') this.#emitters.incident_opened.emit(told);
        if (kind === 'closed') this.#emitters.incident_closed.emit(told);
      }),
      emergencies.onChange.on(({ kind, emergency }) => {
        const told = { emergency: emergencyOf(emergency) };
        if (kind === 'opened' || kind === 'raised') this.#emitters.emergency_activated.emit(told);
        if (kind === 'over') this.#emitters.emergency_ended.emit(told);
      }),
    ];
  }

  /** What a listener throws is logged: it must not reach whoever tells. */
  on<K extends EventName>(
    event: K,
    listener: (told: SystemEvents[K]) => void | Promise<void>,
  ): Disposable {
    const call = async (told: SystemEvents[K]): Promise<void> => {
      await listener(told);
    };
    return this.#emitters[event].on((told) => {
      call(told).catch((error: unknown) => {
        this.#log.error('A listener of the program failed', { event, error });
      });
    });
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #healthTells(event: HealthEvent): void {
    switch (event.kind) {
      case 'alert-changed':
        this.#alertChanged(event.alert);
        return;
      case 'component-changed':
        this.#emitters.component_changed.emit({ component: componentOf(event.component) });
        return;
      case 'component-removed':
        this.#emitters.component_removed.emit({ name: event.id });
        return;
      case 'notification':
      case 'sampled':
        return;
    }
  }

  #alertChanged(alert: Alert): void {
    const { fingerprint, phase } = alert;
    if (phase.kind === 'firing' && !this.#alerts.has(fingerprint)) {
      this.#alerts.add(fingerprint);
      this.#emitters.alert_created.emit({ alert: alertOf(alert) });
    }
    if (phase.kind === 'resolved' && this.#alerts.delete(fingerprint))
      this.#emitters.alert_resolved.emit({ alert: alertOf(alert) });
  }

  #recoveryChanged(record: RecoveryRecord): void {
    if (!this.#phases.take(record)) return;
    const { phase } = record;
    const told = { recovery: recoveryOf(record) };
    if (phase === 'running') this.#emitters.recovery_started.emit(told);
    if (phase === 'approval') this.#emitters.approval_needed.emit(told);
    if (isOver(record)) this.#emitters.recovery_completed.emit(told);
  }

  #managerTells(event: ManagerEvent): void {
    switch (event.kind) {
      case 'snapshot-created':
        this.#emitters.snapshot_created.emit({
          snapshot: snapshotOf(event.record, this.#nameOfFolder),
        });
        return;
      case 'backup-failed': {
        const { path } = event.source;
        this.#emitters.backup_failed.emit({
          of: this.#nameOfFolder(path) ?? path,
          why: event.message,
        });
        return;
      }
      case 'loss': {
        const { lost, record } = event.loss;
        this.#emitters.data_lost.emit({ lost, before: snapshotOf(record, this.#nameOfFolder) });
        return;
      }
      case 'restore-completed':
        this.#emitters.restore_completed.emit({ restore: restoreOf(event.outcome) });
        return;
      case 'worktree-changed':
      case 'worktree-removed':
      case 'snapshot-changed':
      case 'snapshots-forgotten':
      case 'journal-written':
      case 'damage-found':
      case 'drill-failed':
      case 'space':
      case 'trouble':
        return;
    }
  }
}
