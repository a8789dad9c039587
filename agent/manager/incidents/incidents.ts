import { randomBytes } from 'node:crypto';
import { PhaseChanges } from '../../healing/phase-changes';
import type { SelfHealingSystem } from '../../healing/self-healing-system';
import type { HealthMonitor } from '../../monitor/health-monitor';
import type { Clock, Timer } from '../../support/clock';
import type { Disposable, Emitter } from '../../support/emitter';
import type { KeptFile } from '../../support/kept-file';
import type { Log } from '../../support/log';
import type { ManagerEvent } from '../manager-event';
import { Correlator, type IncidentChange } from './correlator';
import type { HealthPass } from './health-pass';
import type { IncidentRecord, Signal } from './incident';
import { incidentFile, type KeptIncidents } from './incident-file';
import * as signals from './signals';

/** Between two passes that compare what the parts of the agent believe, ms. */
const PASS_MS = 15_000;

export interface IncidentsOptions {
  /** File that they are kept in. */
  readonly path: string;
  readonly health: Pick<HealthMonitor, 'onEvent' | 'alerts' | 'components'>;
  readonly healing: Pick<SelfHealingSystem, 'onChange'>;
  readonly pass: HealthPass;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the manager tells, and what it knows to be lost. */
interface Manager {
  readonly onEvent: Emitter<ManagerEvent>;
  readonly losses: readonly Extract<ManagerEvent, { kind: 'loss' }>['loss'][];
}

type Recovery = Parameters<Parameters<SelfHealingSystem['onChange']['on']>[0]>[0];

/** What is wrong, put together: each incident with its cause, what follows from it, and what was done. */
export class Incidents {
  readonly #options: IncidentsOptions;
  readonly #correlator: Correlator;
  readonly #file: KeptFile<KeptIncidents>;
  readonly #phases = new PhaseChanges();
  #subscriptions: readonly Disposable[] = [];
  #timer: Timer | null = null;
  #passing: Promise<void> = Promise.resolve();
  #manager: Manager | null = null;
  #closed = false;

  private constructor(
    options: IncidentsOptions,
    file: KeptFile<KeptIncidents>,
    known: readonly IncidentRecord[],
  ) {
    this.#options = options;
    this.#file = file;
    this.#correlator = new Correlator(() => randomBytes(4).toString('hex'), known);
  }

  /** Reads what was kept; follows nothing before {@link start}. */
  static async open(options: IncidentsOptions): Promise<Incidents> {
    const { path, clock, log } = options;
    const file = incidentFile({ path, clock, log });
    const kept = await file.load();
    return new Incidents(options, file, kept?.incidents ?? []);
  }

  /** An incident that was opened, changed or closed. */
  get onChange(): Emitter<IncidentChange> {
    return this.#correlator.onChange;
  }

  /** Newest first. */
  list(withClosed = false): IncidentRecord[] {
    return this.#correlator.records
      .filter(({ state }) => withClosed || state !== 'closed')
      .toReversed();
  }

  /** @param id or the beginning of one @throws BulwarkError `incident-unknown` */
  get(id: string): IncidentRecord {
    return this.#correlator.get(id);
  }

  /** A person says that it is over. What is still wrong opens another one. @throws as {@link get} */
  close(id: string, by: string, note: string): IncidentRecord {
    const why = `closed by ${by}${note === '' ? '' : `: ${note}`}`;
    return this.#correlator.close(id, why, this.#now);
  }

  /** From now on what happens is put together. */
  start(manager: Manager): void {
    const { health, healing } = this.#options;
    this.#manager = manager;
    this.#subscriptions = [
      this.onChange.on(() => {
        this.#file.changed(() => this.#kept);
      }),
      health.onEvent.on((event) => {
        if (event.kind === 'alert-changed') this.#alertChanged(event.alert);
      }),
      manager.onEvent.on((event) => {
        this.#managerTells(event);
      }),
      healing.onChange.on((recovery) => {
        this.#recoveryChanged(recovery);
      }),
    ];
    for (const alert of health.alerts.list()) this.#alertChanged(alert);
    for (const loss of manager.losses) this.#observe(signals.lossSignal(loss));
    this.#arm();
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#passing;
    for (const subscription of this.#subscriptions) subscription.dispose();
    await this.#file.save(this.#kept);
  }

  get #kept(): KeptIncidents {
    return { incidents: this.#correlator.records };
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #observe(signal: Signal): void {
    this.#correlator.observe(signal, this.#now);
  }

  #observeForPerson(signal: Signal, text: string): void {
    this.#observe(signal);
    this.#correlator.tell(signal.subject, text, true, this.#now);
  }

  #alertChanged(alert: Parameters<typeof signals.alertSignal>[0]): void {
    const { components } = this.#options.health;
    const { kind, id } = alert.subject;
    const component = kind === 'component' ? components.list().find((one) => one.id === id) : null;
    const signal = signals.alertSignal(alert, component?.dependsOn ?? []);
    if (signal !== null) this.#observe(signal);
  }

  #managerTells(event: ManagerEvent): void {
    switch (event.kind) {
      case 'loss':
        this.#observeForPerson(signals.lossSignal(event.loss), 'waits for somebody to restore it');
        return;
      case 'backup-failed':
        this.#observe(signals.backupSignal(event));
        return;
      case 'trouble': {
        const signal = signals.troubleSignal(event.trouble, this.#now);
        this.#observeForPerson(signal, 'waits for a person');
        return;
      }
      case 'snapshot-created':
        if (event.record.backup !== 'snapshot')
          this.#over('backup', signals.backupKey(event.record.source.id));
        return;
      case 'worktree-removed':
        this.#over('loss', signals.lossKey(event.source));
        this.#over('backup', signals.backupKey(event.source));
        return;
      case 'restore-completed':
        this.#lossesOver();
        return;
      case 'worktree-changed':
      case 'journal-written':
      case 'damage-found':
      case 'drill-failed':
      case 'snapshot-changed':
      case 'snapshots-forgotten':
      case 'space':
        return;
    }
  }

  #recoveryChanged(recovery: Recovery): void {
    if (!this.#phases.take(recovery)) return;
    const { id, phase, why, incident } = recovery;
    const isLeft = phase === 'person' || phase === 'approval';
    const text = `recovery ${id}: ${WORDS[phase]}${why === null ? '' : ` (${why})`}`;
    this.#correlator.tell(incident.subject, text, isLeft, this.#now);
  }

  #over(kind: 'backup' | 'loss', key: string): void {
    this.#correlator.retain(kind, (one) => one !== key, this.#now);
  }

  #lossesOver(): void {
    const open = new Set(
      (this.#manager?.losses ?? []).map(({ record }) => signals.lossKey(record.source.id)),
    );
    this.#correlator.retain('loss', (key) => open.has(key), this.#now);
  }

  #arm(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#passing = this.#look()
        .catch((error: unknown) => {
          this.#options.log.error('A pass over the parts of the agent failed', { error });
        })
        .finally(() => {
          this.#arm();
        });
    }, PASS_MS);
  }

  async #look(): Promise<void> {
    const found = await this.#options.pass.run();
    if (this.#closed) return;
    for (const disagreement of found) this.#observe(signals.checkSignal(disagreement));
    const keys = new Set(found.map(({ key }) => key));
    this.#correlator.retain('check', (key) => keys.has(key), this.#now);
    this.#lossesOver();
    // Alerts of which nobody was told that they ended: of an earlier life of the agent.
    const { alerts } = this.#options.health;
    const firing = new Set(
      alerts
        .list()
        .filter(({ phase }) => phase.kind !== 'resolved')
        .map(({ fingerprint }) => signals.alertKey(fingerprint)),
    );
    this.#correlator.retain('alert', (key) => firing.has(key), this.#now);
  }
}

/** How the phases of a recovery are told. */
const WORDS: Readonly<Record<Recovery['phase'], string>> = {
  queued: 'it will begin',
  running: 'under way',
  approval: 'waits for a yes',
  healed: 'healed',
  cleared: 'went away by itself',
  person: 'nothing is left to try',
  'rolled-back': 'taken back',
  cancelled: 'cancelled',
  undone: 'undone',
};
