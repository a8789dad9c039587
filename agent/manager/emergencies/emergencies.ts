import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { wasRemoved } from '../../monitor/git/removed';
import type { HealthMonitor } from '../../monitor/health-monitor';
import type { DataProtectionLayer } from '../../protection/data-protection-layer';
import type { IntegrityCare } from '../../protection/integrity/integrity-care';
import { makeFolder } from '../../support/atomic-file';
import type { Timer } from '../../support/clock';
import { Emitter, type Disposable } from '../../support/emitter';
import type { KeptFile } from '../../support/kept-file';
import { Mutex } from '../../support/mutex';
import { ownActor } from '../audit/own-actor';
import type { Incidents } from '../incidents/incidents';
import { EmergencyActions } from './actions';
import { note, type EmergencyRecord } from './emergency';
import { emergencyFile, type KeptEmergencies } from './emergency-file';
import { Escalation, type EmergencyChange, type EscalationLimits, type Moment } from './escalation';
import type { ActionPorts } from './ports';
import { ReportFolder } from './report-folder';
import type { KnownLoss, Signs } from './signs';
import { SourceTraffic } from './source-traffic';
import { dangersIn, type TriggerSettings } from './triggers';

/** Everything is looked at this often, ms, and so soon after something was found. */
const LOOK_MS = 5_000;
const SOON_MS = 250;

/** What the settings say of emergencies. */
export interface EmergencySettings extends TriggerSettings, EscalationLimits {
  readonly enabled: boolean;
  readonly allowed: ActionPorts['allowed'];
}

export interface EmergenciesOptions extends Omit<ActionPorts, 'allowed'> {
  /** Folder with all of the agent's state. */
  readonly home: string;
  readonly settings: EmergencySettings;
  readonly incidents: Pick<Incidents, 'list' | 'onChange'>;
  readonly health: Pick<HealthMonitor, 'alerts' | 'components' | 'machine' | 'onEvent'>;
  readonly protection: ActionPorts['protection'] & Pick<DataProtectionLayer, 'onEvent' | 'guards'>;
  readonly integrity: Pick<IntegrityCare, 'damage'>;
}

/** What the emergencies need once everything runs. */
interface EmergencyWorld {
  /** Losses of which nothing was restored since. */
  readonly losses: readonly KnownLoss[];
}

/**
 * Decides from incidents, alerts and losses when it is an emergency, has done what the settings allow
 * at each level, and writes a report of it.
 */
export class Emergencies {
  /** An emergency began, changed or is over. */
  readonly onChange = new Emitter<EmergencyChange>();
  readonly #options: EmergenciesOptions;
  readonly #escalation: Escalation;
  readonly #file: KeptFile<KeptEmergencies>;
  readonly #reports: ReportFolder;
  readonly #traffic: SourceTraffic;
  /** One thing at a time: two that save the same at once would only hold each other up. */
  readonly #acting = new Mutex();
  #actions: EmergencyActions | null = null;
  #world: EmergencyWorld | null = null;
  #subscriptions: readonly Disposable[] = [];
  #timer: Timer | null = null;
  #soon: Timer | null = null;
  #closed = false;

  private constructor(
    options: EmergenciesOptions,
    file: KeptFile<KeptEmergencies>,
    known: readonly EmergencyRecord[],
  ) {
    const { home, clock, log, protection, settings } = options;
    this.#options = options;
    this.#file = file;
    this.#reports = new ReportFolder(join(home, 'emergencies'), { clock, log });
    this.#traffic = new SourceTraffic(protection, clock);
    this.#escalation = new Escalation(() => randomBytes(4).toString('hex'), settings, known);
  }

  /** Reads what was kept; decides nothing before {@link start}. */
  static async open(options: EmergenciesOptions): Promise<Emergencies> {
    const { home, clock, log } = options;
    await makeFolder(join(home, 'emergencies'));
    const path = join(home, 'emergencies', 'emergencies.json');
    const file = emergencyFile({ path, clock, log });
    const known = (await file.load())?.emergencies ?? [];
    for (const emergency of known) takeUp(emergency, clock.now());
    return new Emergencies(options, file, known);
  }

  /** Newest first. @param withOver also those of the past */
  list(withOver = false): EmergencyRecord[] {
    const { records, active } = this.#escalation;
    return (withOver ? records : active).toReversed();
  }

  /** @param id or the beginning of one @throws BulwarkError `emergency-unknown` */
  get(id: string): EmergencyRecord {
    return this.#escalation.get(id);
  }

  /** The text file with the report of an emergency. */
  reportOf(emergency: EmergencyRecord): string {
    return this.#reports.pathOf(emergency);
  }

  /** A person says that it is over. @throws BulwarkError `emergency-unknown` */
  end(id: string, by: string, text: string): EmergencyRecord {
    const why = `ended by ${by}${text === '' ? '' : `: ${text}`}`;
    return this.#escalation.end(id, why, this.#now);
  }

  /** From now on. @param shutdown ends the agent once everything is saved; why, for people */
  start(world: EmergencyWorld, shutdown: (why: string) => void): void {
    const { settings, incidents, health } = this.#options;
    if (this.#closed) return;
    this.#world = world;
    this.#actions = new EmergencyActions({
      ...this.#options,
      allowed: settings.allowed,
      shutdown,
      onStep: (emergency) => {
        this.#tell({ kind: 'changed', emergency });
      },
    });
    const soon = (): void => {
      this.#soon ??= this.#options.clock.setTimeout(() => {
        this.#soon = null;
        void this.#look();
      }, SOON_MS);
    };
    this.#subscriptions = [
      this.#escalation.onChange.on((change) => {
        this.#changed(change);
      }),
      incidents.onChange.on(soon),
      health.onEvent.on(({ kind }) => {
        if (kind === 'alert-changed') soon();
      }),
    ];
    for (const emergency of this.#escalation.active) this.#actions.keepTelling(emergency);
    this.#arm();
  }

  /** Gives up what runs, and keeps what is known. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#soon?.cancel();
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#actions?.close();
    await this.#acting.run(() => Promise.resolve());
    this.#traffic.close();
    await this.#reports.close();
    await this.#file.save(this.#kept);
  }

  get #now(): Moment {
    const { clock } = this.#options;
    return { wall: clock.now(), mono: clock.monotonic() };
  }

  get #kept(): KeptEmergencies {
    return { emergencies: this.#escalation.records };
  }

  #arm(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      void this.#look();
      this.#arm();
    }, LOOK_MS);
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { settings, log } = this.#options;
    try {
      const dangers = settings.enabled ? dangersIn(await this.#signs(), settings) : [];
      if (!this.#closed) this.#escalation.observe(dangers, this.#now);
    } catch (error) {
      log.error('It could not be told whether it is an emergency', { error });
    }
  }

  /** What is protected, without the worktrees that git was told to remove: these are not lost. */
  async #sources(losses: readonly KnownLoss[]): Promise<Signs['sources']> {
    const gone = new Set(
      losses.filter(({ kind }) => kind === 'folder').map(({ record }) => record.source.id),
    );
    const found: { id: string; path: string }[] = [];
    for (const { source } of this.#options.protection.guards()) {
      const { id, path } = source;
      if (gone.has(id) && source.kind === 'worktree' && (await wasRemoved(source.worktree)))
        continue;
      found.push({ id, path });
    }
    return found;
  }

  async #signs(): Promise<Signs> {
    const { incidents, health, integrity, home } = this.#options;
    const losses = this.#world?.losses ?? [];
    const sources = await this.#sources(losses);
    const cutOff = this.#escalation.active.flatMap(({ isolated }) =>
      isolated.filter(({ until }) => until === null).map(({ id }) => id),
    );
    return {
      incidents: incidents.list(),
      alerts: health.alerts.list().filter(({ phase }) => phase.kind === 'firing'),
      losses,
      components: health.components.list(),
      machine: health.machine,
      damage: integrity.damage,
      sources,
      traffic: this.#traffic.list(),
      home,
      cutOff: new Set(cutOff),
    };
  }

  #changed(change: EmergencyChange): void {
    const { emergency, kind } = change;
    this.#tell(change);
    switch (kind) {
      case 'opened':
      case 'raised':
      case 'resumed': {
        const { level } = emergency;
        const again = kind === 'resumed';
        this.#do(async (actions) => {
          if (!again) await this.#record(emergency, `emergency/${kind}`);
          if (emergency.state === 'active')
            await actions.act(emergency, change.danger, { level, again });
        });
        return;
      }
      case 'over':
        this.#do((actions) => actions.standDown(emergency));
        return;
      case 'changed':
        return;
    }
  }

  #do(work: (actions: EmergencyActions) => Promise<void>): void {
    const actions = this.#actions;
    if (actions === null) return;
    this.#acting
      .run(() => (this.#closed ? Promise.resolve() : work(actions)))
      .catch((error: unknown) => {
        this.#options.log.error('Something in an emergency could not be done', { error });
      });
  }

  #tell(change: EmergencyChange): void {
    const { emergency } = change;
    this.#file.changed(() => this.#kept);
    void this.#reports.write(emergency);
    this.onChange.emit(change);
  }

  async #record({ id, trigger, level, message }: EmergencyRecord, action: string): Promise<void> {
    await this.#options.audit.record({
      ...{ action, phase: 'done', why: message, target: null, durationMs: null },
      by: ownActor(),
      input: { emergency: id, trigger, level },
      outcome: null,
    });
  }
}

/** An emergency of an earlier life of the agent: what ran then does not any more, and is watched again. */
function takeUp(emergency: EmergencyRecord, now: number): void {
  for (const step of emergency.steps)
    if (step.outcome === 'running') {
      step.outcome = 'failed';
      step.text = 'Bulwark ended meanwhile';
      step.endedAt = now;
    }
  if (emergency.state === 'over') return;
  for (const one of emergency.isolated) {
    if (one.until !== null) continue;
    one.until = now;
    note(emergency, now, `${one.name} is as it was: Bulwark was started again`);
  }
}
