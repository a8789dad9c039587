import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Approvals } from '../components/approvals';
import { Breakers } from '../components/breakers';
import type { ComponentView } from '../components/component';
import { ComponentRegistry } from '../components/component-registry';
import { Adjustments } from '../components/process/adjustments';
import { ProcessLedger } from '../components/process/ledger';
import { CheckScheduler } from '../components/scheduler';
import { SettingsFiles } from '../components/settings-files';
import type { Clock, Timer } from '../support/clock';
import { Emitter, type Disposable } from '../support/emitter';
import { fileError } from '../support/errors';
import type { KeptFile } from '../support/kept-file';
import type { Log } from '../support/log';
import type { Git } from '../worktrees/git';
import { requireFolder } from '../worktrees/locate';
import { AlertBook, type AlertView, type BookMemory, type Notification } from './alerts/alert-book';
import { alertStore } from './alerts/alert-store';
import type { Moment } from './alerts/machine';
import { SleepWatch } from './alerts/sleep-watch';
import type { Subject } from './finding';
import { judgeComponent, judgeSettings } from './judge-component';
import { Forecasts } from './forecast/forecasts';
import { judgeDiskForecast, judgeMemoryForecast } from './judge-forecast';
import { diskSubject, judgeAgent, judgeDisk, judgeMachine, RSS_BYTES } from './judge-machine';
import { AlertRules } from './alert-rules';
import { AgentProbe, type AgentFigures } from './machine/agent-probe';
import { MachineProbe, type MachineFigures } from './machine/machine-probe';
import { collectSamples, type StoreFigures } from './series/collect';
import type { Sample } from './series/metrics';
import { SeriesStore } from './series/series-store';
import { suggestComponents, type Suggestion } from './projects/suggest';
import { foldersOf, settingsRoots, type WatchedSource } from './watched-source';
import { WorktreeHealth } from './worktree-health';
import type { WorktreeStatuses } from './worktree-status';

/** What the monitor tells. */
export type HealthEvent =
  | { readonly kind: 'alert-changed'; readonly alert: AlertView }
  | { readonly kind: 'component-changed'; readonly component: ComponentView }
  | { readonly kind: 'component-removed'; readonly id: ComponentView['id'] }
  | { readonly kind: 'notification'; readonly notification: Notification }
  /** Figures were added to the series; ms since 1970. */
  | { readonly kind: 'sampled'; readonly at: number };

export interface HealthMonitorOptions {
  /** The agent's own folder; its state of health is in `health/` there. */
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly git: Git;
  readonly statuses: WorktreeStatuses;
  /** What is protected just now. */
  sources(): readonly WatchedSource[];
  /** What the store says of itself just now. */
  store(): StoreFigures;
  /** Whether this process is the agent alone, so that its memory and delays are faults of the agent; true unless told. */
  readonly judgesItself?: boolean;
}

const TURN_MS = 2_500;
/** The machine and the settings are looked at every so many turns; the agent itself is so on battery, too. */
const LOOK_TURNS = { mains: 4, battery: 16 };
/** A worktree in which nothing happens is looked at so often, ms. */
const IDLE_MS = 5 * 60_000;

/**
 * Measures, judges and tells; changes nothing but the processes that it runs itself. Data flows one
 * way: probe → finding → alert → notification.
 */
export class HealthMonitor {
  readonly onEvent = new Emitter<HealthEvent>();
  readonly components: ComponentRegistry;
  readonly breakers = new Breakers();
  readonly settings: SettingsFiles;
  readonly alerts: AlertBook;
  readonly worktrees: WorktreeHealth;
  readonly series: SeriesStore;
  readonly #options: HealthMonitorOptions;
  readonly #store: KeptFile<BookMemory>;
  readonly #ledger: ProcessLedger;
  readonly #idle: CheckScheduler;
  readonly #machine: MachineProbe;
  readonly #forecasts: Forecasts;
  readonly #agent: AgentProbe;
  readonly #sleep = new SleepWatch(TURN_MS);
  readonly #isAlone: boolean;
  readonly #known = new Set<string>();
  readonly #rules = new AlertRules();
  readonly #subscriptions: readonly Disposable[];
  #samples: readonly Sample[] = [];
  #machineFigures: MachineFigures | null = null;
  #agentFigures: AgentFigures | null = null;
  #lastStore: { readonly mono: number; readonly figures: StoreFigures } | null = null;
  #timer: Timer | null = null;
  #turns = 0;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    options: HealthMonitorOptions,
    parts: {
      approvals: Approvals;
      store: KeptFile<BookMemory>;
      alerts: AlertBook;
      series: SeriesStore;
      adjustments: Adjustments;
    },
  ) {
    this.#options = options;
    const { clock, log, home, judgesItself = true } = options;
    this.#isAlone = judgesItself;
    this.#store = parts.store;
    this.alerts = parts.alerts;
    this.series = parts.series;
    this.#forecasts = new Forecasts(parts.series.recent);
    this.#ledger = new ProcessLedger(join(home, 'health', 'processes.json'), log);
    this.components = new ComponentRegistry({
      clock,
      log,
      ledger: this.#ledger,
      adjustments: parts.adjustments,
      breakers: this.breakers,
    });
    this.settings = new SettingsFiles({ home, approvals: parts.approvals, log, clock });
    this.#machine = new MachineProbe(clock);
    this.#agent = new AgentProbe(clock);
    this.#idle = new CheckScheduler(clock);
    this.worktrees = new WorktreeHealth({
      ...options,
      source: (id) => options.sources().find((one) => one.id === id) ?? null,
    });
    this.#subscriptions = [
      this.worktrees.onLook.on((look) => {
        this.alerts.observe(look, this.now);
      }),
      this.components.onChange.on((id) => {
        this.#componentChanged(id);
      }),
      this.series.onSampled.on((at) => {
        this.onEvent.emit({ kind: 'sampled', at });
      }),
      this.alerts.onChange.on((alert) => {
        this.#store.changed(() => this.alerts.memory(this.now));
        this.onEvent.emit({ kind: 'alert-changed', alert });
      }),
      this.alerts.onNotify.on((notification) => {
        this.#store.changed(() => this.alerts.memory(this.now));
        log.warn('Alerts', {
          group: notification.group,
          kind: notification.kind,
          messages: notification.alerts.map(({ message }) => message),
        });
        this.onEvent.emit({ kind: 'notification', notification });
      }),
    ];
  }

  /** Reads what was kept; measures nothing before {@link start}. */
  static async open(options: HealthMonitorOptions): Promise<HealthMonitor> {
    const { home, clock, log } = options;
    const folder = join(home, 'health');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const approvals = await Approvals.load(join(folder, 'approved.json'));
    const store = alertStore({ path: join(folder, 'alerts.json'), clock, log });
    const now = { mono: clock.monotonic(), wall: clock.now() };
    const alerts = new AlertBook(now, await store.load());
    const series = await SeriesStore.open({ folder: join(folder, 'series'), clock, log });
    const adjustments = await Adjustments.load(join(folder, 'resources.json'));
    return new HealthMonitor(options, { approvals, store, alerts, series, adjustments });
  }

  get now(): Moment {
    const { clock } = this.#options;
    return { mono: clock.monotonic(), wall: clock.now() };
  }

  get machine(): MachineFigures | null {
    return this.#machineFigures;
  }

  get agent(): AgentFigures | null {
    return this.#agentFigures;
  }

  /** What was measured in the last look. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  sources(): readonly WatchedSource[] {
    return this.#options.sources();
  }

  /** Begins: all that is protected must be known by now. Never rejects. */
  async start(): Promise<void> {
    await this.#ledger.clearLeftovers(this.#options.clock);
    if (this.#closed) return;
    await this.refreshSettings();
    this.#arm(0);
  }

  /** Measures what a source takes on the disk, for whoever asks about it next. */
  async measure(id: string, path: string, signal?: AbortSignal): Promise<void> {
    await this.worktrees.facts.measure(id, path, signal).catch((error: unknown) => {
      throw fileError(error, path);
    });
  }

  /**
   * What could be put into a `bulwark.json` for the projects in a folder; runs nothing.
   * @throws BulwarkError `path-missing`, `path-unreadable`, `not-a-directory`
   */
  async suggest(path: string): Promise<Suggestion> {
    return await suggestComponents(await requireFolder(path), this.#options.git);
  }

  /** Something changed in a source, or what is known of it. */
  changed(source: string): void {
    this.worktrees.changed(source);
  }

  /** Reads the settings files that changed, and takes up what they describe. */
  async refreshSettings(): Promise<void> {
    const definitions = await this.settings.refresh(settingsRoots(this.sources()));
    if (definitions === null || this.#closed) return;
    await this.components.replace(definitions);
    for (const view of this.settings.list()) this.alerts.observe(judgeSettings(view), this.now);
  }

  /** Stops what it runs, and keeps the alerts. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#turn;
    await this.#idle.close();
    await this.worktrees.close();
    for (const subscription of this.#subscriptions) subscription.dispose();
    await this.components.close();
    this.#agent.close();
    await this.series.close();
    await this.#store.save(this.alerts.memory(this.now));
  }

  #arm(ms: number): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#turn = this.takeTurn()
        .catch((error: unknown) => {
          this.#options.log.error('A turn of the health monitor failed', { error });
        })
        .finally(() => this.#arm(this.#untilNextTurn()));
    }, ms);
  }

  /** Turns are counted from the clock, not from the end of the one before: figures come at even times. */
  #untilNextTurn(): number {
    const wait = TURN_MS - (this.#options.clock.monotonic() % TURN_MS);
    return wait < TURN_MS / 2 ? wait + TURN_MS : wait;
  }

  /** One turn, as its timer takes it: every fourth looks at everything that is not told by events. */
  async takeTurn(): Promise<void> {
    if (this.#sleep.turn(this.now)) {
      this.#options.log.info('The machine slept, or its clock was set');
      this.alerts.slept(this.now);
      this.components.slept();
    }
    await this.worktrees.glance(this.sources());
    const power = this.#machineFigures?.onBattery === true ? 'battery' : 'mains';
    if (this.#turns % LOOK_TURNS[power] === 0) await this.#lookAround();
    else if (this.#turns % LOOK_TURNS.mains === 0) this.#agentFigures = this.#agent.measure();
    this.#turns += 1;
    if (!this.#closed) this.alerts.tick(this.now);
  }

  async #lookAround(): Promise<void> {
    this.#followSources();
    await this.refreshSettings();
    const figures = await this.#machine.measure([this.#options.home, ...foldersOf(this.sources())]);
    this.alerts.disks = new Map(
      figures.disks.flatMap(({ path, paths }) => paths.map((one) => [one, path] as const)),
    );
    this.#machineFigures = figures;
    this.#agentFigures = this.#agent.measure();
    const now = this.now;
    this.alerts.observe(judgeMachine(figures), now);
    for (const disk of figures.disks) this.alerts.observe(judgeDisk(disk), now);
    if (this.#isAlone) this.alerts.observe(judgeAgent(this.#agentFigures), now);
    const components = this.components.list();
    for (const view of components) this.alerts.observe(judgeComponent(view, this.series), now);
    this.#sample(figures, this.#agentFigures, components);
    const rules = this.settings.list().flatMap((file) => (file.approved ? file.rules : []));
    for (const look of this.#rules.judge(rules, this.#samples)) this.alerts.observe(look, now);
    this.alerts.retain(this.#existing(components, figures), now);
    this.#forecast(figures);
  }

  #forecast({ disks }: MachineFigures): void {
    const { now } = this;
    for (const disk of disks) {
      const forecast = this.#forecasts.disk(disk.path, now.mono);
      this.alerts.observe(judgeDiskForecast(disk, forecast), now);
    }
    if (!this.#isAlone) return;
    this.alerts.observe(judgeMemoryForecast(this.#forecasts.memory(RSS_BYTES[0], now.mono)), now);
  }

  #sample(
    machine: MachineFigures,
    agent: AgentFigures,
    components: readonly ComponentView[],
  ): void {
    const { mono } = this.now;
    const store = this.#options.store();
    const last = this.#lastStore;
    this.#lastStore = { mono, figures: store };
    this.#samples = collectSamples({
      machine,
      agent,
      store,
      before: last === null ? null : { ms: mono - last.mono, store: last.figures },
      sources: this.sources(),
      components,
      alerts: this.alerts.list(),
    });
    this.series.record(this.#samples);
  }

  /** Takes up new sources and lets go of those that are gone. */
  #followSources(): void {
    const sources = this.sources();
    const present = new Set(sources.map(({ id }) => id));
    const pending = this.alerts.pendingSubjects();
    for (const { id, behindMs, worktree } of sources) {
      if (this.#known.has(id)) {
        const waits = pending.has(id) || (worktree !== null && pending.has(worktree.commonDir));
        // Shows only by looking: how far its journal is behind, and whether a fault is still there.
        if (behindMs > TURN_MS || waits) this.worktrees.changed(id);
        continue;
      }
      this.#known.add(id);
      this.#idle.add({ id, intervalMs: IDLE_MS, run: () => this.worktrees.look(id) });
    }
    for (const id of this.#known) {
      if (present.has(id)) continue;
      this.#known.delete(id);
      this.#idle.remove(id);
      this.worktrees.forget(id);
    }
  }

  #existing(
    components: readonly ComponentView[],
    { disks }: MachineFigures,
  ): (subject: Subject) => boolean {
    const sources = this.sources();
    const ids = new Set<string>([
      'machine machine',
      'agent agent',
      ...disks.map(({ path }) => `machine ${diskSubject(path).id}`),
      ...components.map(({ id }) => `component ${id}`),
      ...this.settings.list().map(({ file }) => `settings ${file}`),
      ...[...this.#rules.subjects].map((id) => `settings ${id}`),
      ...sources.map(({ id }) => `worktree ${id}`),
      ...sources.flatMap(({ worktree }) =>
        worktree === null ? [] : [`repository ${worktree.commonDir}`],
      ),
    ]);
    return ({ kind, id }) => ids.has(`${kind} ${id}`);
  }

  #componentChanged(id: ComponentView['id']): void {
    const view = this.components.find(id);
    if (view === null) {
      this.onEvent.emit({ kind: 'component-removed', id });
      this.alerts.retain((subject) => subject.kind !== 'component' || subject.id !== id, this.now);
      return;
    }
    // An end of a process is judged at once, not at the next turn.
    this.alerts.observe(judgeComponent(view, this.series), this.now);
    this.onEvent.emit({ kind: 'component-changed', component: view });
  }
}
