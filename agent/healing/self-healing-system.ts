import { join } from 'node:path';
import type { Breakers } from '../components/breakers';
import type { HealthMonitor } from '../monitor/health-monitor';
import type { DataProtectionLayer } from '../protection/data-protection-layer';
import type { Restores } from '../protection/restores';
import { makeFolder } from '../support/atomic-file';
import type { Clock } from '../support/clock';
import type { Disposable, Emitter } from '../support/emitter';
import type { Log } from '../support/log';
import { UNORDERED, type Operations } from '../support/operations';
import { AlertIntake } from './alert-intake';
import { alertIncident, lookAtDependencies, observe, wakeDependents } from './alerts';
import { Chooser, type ActionShop, type Choice } from './chooser';
import { circuitIncident, incidentKey, subjectKey, type Incident } from './incident';
import { WAIT, type ExperienceMemory } from './learning/experience';
import { ExperienceFile } from './learning/experience-file';
import type { HealingSettings } from './mode';
import { cycleOf, recheck } from './recheck';
import { isOver, type RecoveryRecord } from './recovery';
import { RecoveryBook } from './recovery-book';
import { RecoveryBudget } from './recovery-budget';
import { RecoveryQueue, refuse } from './recovery-queue';
import { RecoveryRunner } from './recovery-runner';
import { Saver } from './saver';
import { StepBack } from './step-back';
import { undo } from './undo';
import { removeOldQuarantine } from './old-quarantine';

export interface SelfHealingOptions {
  /** The agent's own folder; recoveries and what was learned are in `healing/` there. */
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: HealthMonitor;
  readonly protection: Pick<DataProtectionLayer, 'guards' | 'guard'>;
  readonly restores: Pick<Restores, 'undo'>;
  readonly undoRepair: (attempt: string) => Promise<unknown>;
  readonly breakers: Breakers;
  readonly shop: ActionShop;
  readonly settings: HealingSettings;
  /** Between the moment when a fault is found and the one when something is done about it, ms. */
  readonly settleMs: number;
  /** What goes before recoveries; nothing unless given. */
  readonly operations?: Operations;
  /** For tests that end the process at a step. */
  readonly onStep?: (step: string) => Promise<void>;
}

/** After so many recoveries in a row that did not help, its automatic ones rest, ms. */
const RECOVERY_CIRCUIT = { failures: 3, openMs: 10 * 60_000 };

/**
 * Takes what the monitor finds, chooses an action, saves what it will touch, acts, verifies, learns,
 * and puts everything back when it did not help.
 */
export class SelfHealingSystem {
  readonly #options: SelfHealingOptions;
  readonly #book: RecoveryBook;
  readonly #learned: ExperienceFile;
  readonly #chooser: Chooser;
  readonly #runner: RecoveryRunner;
  readonly #queue: RecoveryQueue;
  readonly #budget: RecoveryBudget;
  readonly #saver: Saver;
  readonly #stepBack: StepBack;
  readonly #intake: AlertIntake;
  /** Faults of which a person was told that nothing is left to try, until they are over. */
  readonly #left = new Set<string>();
  /** Faults that nothing is known against, until they are over. */
  readonly #helpless = new Set<string>();
  readonly #opening = new Set<string>();
  #subscriptions: readonly Disposable[] = [];
  #settings: HealingSettings;
  #closed = false;

  private constructor(options: SelfHealingOptions, book: RecoveryBook, learned: ExperienceFile) {
    this.#options = options;
    const { clock, health, protection, shop } = options;
    const { components } = health;
    this.#settings = options.settings;
    this.#book = book;
    this.#learned = learned;
    this.#chooser = new Chooser(shop, learned.experience);
    this.#saver = new Saver(protection, components);
    this.#stepBack = new StepBack(components, options);
    this.#budget = new RecoveryBudget(clock);
    this.#intake = new AlertIntake({
      ...options,
      isLeft: (key) => this.#left.has(key) || this.#helpless.has(key),
      over: (key) => {
        this.#left.delete(key);
        this.#helpless.delete(key);
      },
      begin: (incident) => this.#begin(incident, false),
    });
    this.#runner = new RecoveryRunner({
      clock,
      book,
      chooser: this.#chooser,
      experience: learned.experience,
      keepExperience: () => learned.save(),
      settings: () => this.#settings,
      recheck: (incident, signal) => recheck(options, incident, signal),
      cycleMs: (incident) => cycleOf(components, incident),
      observe: (incident) => observe(components, incident),
      canSave: (incident) => this.#saver.canSave(incident),
      save: (incident, signal) => this.#saver.save(incident, signal),
      undo: (note, signal) => undo(note, { ...options, components }, signal),
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    });
    this.#queue = new RecoveryQueue({
      clock,
      operations: options.operations ?? UNORDERED,
      run: (record, signal, approved) => this.#run(record, signal, approved),
      giveUp: (record, why) => this.#book.become(record, 'cancelled', why),
      dependsOn: (id) => components.list().find((one) => one.id === id)?.dependsOn ?? [],
      limits: () => this.#settings,
      onChange: () => {
        health.alerts.recovering = new Set(
          this.#queue.active.flatMap(({ incident }) => incident.fingerprint ?? []),
        );
      },
    });
  }

  /** Reads what was kept; does nothing before {@link start}. */
  static async open(options: SelfHealingOptions): Promise<SelfHealingSystem> {
    const folder = join(options.home, 'healing');
    await makeFolder(folder);
    const book = await RecoveryBook.load(join(folder, 'recoveries.json'), options);
    const learned = await ExperienceFile.load(join(folder, 'learned.json'), options.log);
    return new SelfHealingSystem(options, book, learned);
  }

  /** A recovery that changed. */
  get onChange(): Emitter<RecoveryRecord> {
    return this.#book.onChange;
  }

  get settings(): HealingSettings {
    return this.#settings;
  }

  set settings(settings: HealingSettings) {
    this.#settings = settings;
    this.#intake.considerAll();
  }

  /** What was learned, of all signatures. */
  get experience(): ExperienceMemory {
    return this.#learned.experience.memory;
  }

  /** Takes in what another agent learned. Nothing of it moves an action to a lower tier. */
  async importExperience(memory: ExperienceMemory): Promise<void> {
    this.#learned.experience.merge(memory);
    await this.#learned.save();
  }

  /**
   * Ends what a crash left in the middle: what was not verified is taken back. Call it before
   * anything that is recovered runs again.
   */
  async resume(): Promise<void> {
    const { clock } = this.#options;
    for (const record of await removeOldQuarantine(this.#book.list(), clock.now()))
      await this.#book.changed(record);
    for (const record of this.#book.list()) {
      if (isOver(record)) continue;
      const step = record.steps.at(-1);
      const isOpen = step?.state === 'running' || step?.state === 'verifying';
      if (step === undefined || !isOpen) {
        await this.#book.become(record, 'cancelled', 'the agent was ended before it went on');
        continue;
      }
      await this.#runner.takeBack(record, step);
      step.state = 'rolled-back';
      step.endedAt = clock.now();
      await this.#book.become(record, 'rolled-back', 'the agent was ended in the middle of it');
    }
  }

  /** From now on faults are dealt with. */
  start(): void {
    const { health, breakers } = this.#options;
    this.#subscriptions = [
      health.onEvent.on((event) => {
        if (event.kind === 'alert-changed') this.#intake.consider(event.alert);
        if (event.kind === 'component-changed') this.#intake.considerAll(event.component.id);
      }),
      breakers.onChange.on((name) => {
        this.#circuitChanged(name);
      }),
    ];
    this.#stepBack.start();
    this.#intake.considerAll();
  }

  /** Newest first. */
  list(): RecoveryRecord[] {
    return this.#book.list();
  }

  /** @throws BulwarkError `recovery-unknown` */
  get(id: string): RecoveryRecord {
    return this.#book.get(id);
  }

  /** What would be done about an incident, and why; changes nothing. */
  async plan(incident: Incident, only: string | null): Promise<Choice[]> {
    const choices = await this.#chooser.choices(incident, only);
    if (choices.length === 0)
      refuse(
        only === null
          ? `nothing can be done about ${incident.subject.name}`
          : `${only} does not apply to ${incident.subject.name}`,
        'See what there is with: bulwark strategies',
      );
    return choices;
  }

  /** The incident that an alert stands for, or what is asked for when there is none. */
  incidentFor(asked: Incident): Incident {
    const alert = this.#options.health.alerts
      .list()
      .find(
        ({ subject, phase }) =>
          phase.kind === 'firing' && subjectKey(subject) === subjectKey(asked.subject),
      );
    const known =
      alert === undefined ? null : alertIncident(this.#options.health.components, alert);
    return known ?? asked;
  }

  /**
   * Somebody asks for a recovery.
   * @param only the one strategy or action that is wanted, which is a yes to it
   * @throws BulwarkError `recovery-refused` when nothing applies, or one is under way
   */
  async recover(
    incident: Incident,
    { by, only }: { readonly by: string; readonly only: string | null },
  ): Promise<RecoveryRecord> {
    await this.plan(incident, only);
    const open = this.#openOf(incident);
    if (open !== undefined && open.phase !== 'approval')
      refuse(
        `a recovery of ${incident.subject.name} is under way (${open.id})`,
        `Wait for it, or stop it with: bulwark cancel ${open.id}`,
      );
    if (open !== undefined)
      await this.#book.become(open, 'cancelled', `${by} asked for another one`);
    const record = await this.#book.open(incident, { by, only });
    this.#queue.add(record, only);
    return record;
  }

  /** A person says yes. @throws BulwarkError `recovery-unknown`, `recovery-refused` */
  async approve(id: string, by: string): Promise<RecoveryRecord> {
    const record = this.#book.get(id);
    const { proposal, phase } = record;
    if (phase !== 'approval' || proposal === null)
      refuse(`recovery ${record.id} waits for nobody`, 'See it with: bulwark recoveries show ID');
    this.#book.say(record, `${by} said yes to ${proposal.strategy}`);
    await this.#book.become(record, 'queued', null);
    this.#queue.add(record, proposal.strategy);
    return record;
  }

  /** Stops a recovery; what it did and was not verified is taken back. @throws as {@link approve} */
  async cancel(id: string, by: string): Promise<RecoveryRecord> {
    const record = this.#book.get(id);
    if (isOver(record)) refuse(`recovery ${record.id} is over`, 'See it with: bulwark recoveries');
    this.#left.add(incidentKey(record.incident));
    const why = `cancelled by ${by}`;
    await this.#queue.cancel(record.id, why);
    if (!isOver(record)) await this.#book.become(record, 'cancelled', why);
    return record;
  }

  /** Takes back what a recovery did. @throws BulwarkError `recovery-unknown`, `nothing-to-undo` via hint */
  async undo(id: string, by: string): Promise<RecoveryRecord> {
    const record = this.#book.get(id);
    if (!isOver(record)) refuse(`recovery ${record.id} is not over`, 'Cancel it first.');
    if (record.steps.every((step) => step.undo.length === 0))
      refuse(
        `recovery ${record.id} left nothing that could be taken back`,
        'A restart has no way back.',
      );
    this.#left.add(incidentKey(record.incident));
    for (const step of record.steps.toReversed()) await this.#runner.takeBack(record, step);
    if (record.steps.some((step) => step.undo.length > 0))
      refuse(
        `not all of recovery ${record.id} could be taken back`,
        `bulwark recoveries show ${record.id} tells why.`,
      );
    await this.#book.become(record, 'undone', `taken back by ${by}`);
    return record;
  }

  /** Gives up what runs (it is taken back), and keeps everything. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#stepBack.close();
    this.#intake.close();
    await this.#queue.close();
    await this.#learned.save();
    await this.#book.save().catch((error: unknown) => {
      this.#options.log.warn('The recoveries cannot be kept', { error });
    });
  }

  async #run(record: RecoveryRecord, signal: AbortSignal, approved: string | null): Promise<void> {
    const { breakers, log } = this.#options;
    const key = incidentKey(record.incident);
    const isOwn = record.by === null && approved === null;
    const breaker = breakers.get(
      `recovery ${subjectKey(record.incident.subject)}`,
      RECOVERY_CIRCUIT,
    );
    const run = async (): Promise<boolean> => {
      await this.#runner.run(record, signal, approved);
      return record.phase !== 'person' && record.phase !== 'rolled-back';
    };
    if (!isOwn) await run();
    else if ((await breaker.run(run, (helped) => helped)) === null)
      await this.#book.become(
        record,
        'person',
        'the last recoveries of it did not help: they rest for a while',
      );
    if (record.phase === 'person' || record.phase === 'cancelled') this.#left.add(key);
    log.info('A recovery', {
      recovery: record.id,
      fault: record.incident.fault,
      subject: record.incident.subject.name,
      phase: record.phase,
      steps: record.steps.map(({ plan, state }) => `${plan.strategy}: ${state}`),
    });
    // What depends on it may be well again.
    if (record.phase === 'healed') wakeDependents(this.#options.health.components, record.incident);
  }

  #circuitChanged(name: string): void {
    const id = /^probe (.+)$/.exec(name)?.[1];
    const view = this.#options.health.components.list().find((one) => one.id === id);
    if (view?.circuit !== 'open') return;
    this.#begin(circuitIncident(view), true);
  }

  /** @param onlyTrusted begins only when something that needs no person can be done */
  #begin(incident: Incident, onlyTrusted: boolean): void {
    const key = incidentKey(incident);
    if (this.#closed || this.#settings.mode === 'observe') return;
    if (this.#left.has(key) || this.#opening.has(subjectKey(incident.subject))) return;
    if (this.#openOf(incident) !== undefined) return;
    this.#opening.add(subjectKey(incident.subject));
    void this.#open(incident, onlyTrusted)
      .catch((error: unknown) => {
        this.#options.log.error('A recovery cannot begin', { fault: incident.fault, error });
      })
      .finally(() => {
        this.#opening.delete(subjectKey(incident.subject));
      });
  }

  async #open(incident: Incident, onlyTrusted: boolean): Promise<void> {
    const choices = await this.#chooser.choices(incident);
    const real = choices.filter(({ judged }) => judged.strategy !== WAIT);
    // Where nothing can be done, the alert says all there is to say.
    if (real.length === 0) this.#helpless.add(incidentKey(incident));
    else this.#helpless.delete(incidentKey(incident));
    if (real.length === 0) return;
    // A circuit lets one through now and then by itself.
    const more = ({ judged }: Choice): boolean =>
      judged.trusted && judged.strategy !== 'reset_circuit_breaker';
    if (onlyTrusted && !real.some(more)) return;
    await lookAtDependencies(this.#options.health.components, incident);
    if (this.#closed) return;
    const none = this.#budget.take(incident.subject);
    const record = await this.#book.open(incident, { by: null, only: null });
    if (none === null) this.#queue.add(record, null);
    else {
      this.#left.add(incidentKey(incident));
      await this.#book.become(record, 'person', `${none}: a person is needed`);
    }
  }

  #openOf({ subject }: Incident): RecoveryRecord | undefined {
    return this.#book
      .list()
      .find((one) => !isOver(one) && subjectKey(one.incident.subject) === subjectKey(subject));
  }
}
