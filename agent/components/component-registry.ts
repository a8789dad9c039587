import type { Clock } from '../support/clock';
import { Emitter } from '../support/emitter';
import { BulwarkError } from '../support/errors';
import type { Log } from '../support/log';
import { Breakers } from './breakers';
import type { ComponentDefinition, ComponentView } from './component';
import { idOf, type ComponentId } from './component-id';
import { findWayBack } from './dependencies';
import type { Probe } from './probes/outcome';
import type { LogLine } from './process/log-ring';
import type { ProcessLedger } from './process/ledger';
import { Adjustments, stepsOf } from './process/adjustments';
import { GroupMemory } from './process/memory';
import { RestartBudget } from './process/restart-budget';
import { RegistrationLimit } from './registration-limit';
import { CheckScheduler } from './scheduler';
import { INTERVAL_MS, WatchedComponent } from './watched-component';

/** More would be a mistake of the program that registers them. */
const MAX_COMPONENTS = 2_000;

interface Checked {
  readonly id: ComponentId;
  readonly ok: boolean;
  readonly ms: number;
}

/** All components: what is watched, and what the agent runs. */
export class ComponentRegistry {
  /** The id of a component that changed, came or went. */
  readonly onChange = new Emitter<ComponentId>();
  /** A check of a component that told whether it is up, and how long it took, ms. */
  readonly onChecked = new Emitter<Checked>();
  readonly #components = new Map<ComponentId, WatchedComponent>();
  readonly #budgets = new Map<string, RestartBudget>();
  readonly #scheduler: CheckScheduler;
  readonly #memory: GroupMemory;
  readonly #limit = new RegistrationLimit((id) => this.#components.has(id));
  readonly #options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly ledger: ProcessLedger;
    readonly random: () => number;
    readonly adjustments: Adjustments;
    readonly breakers: Breakers;
  };
  #closed = false;

  constructor(options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly ledger: ProcessLedger;
    /** From 0 up to 1; Math.random unless told. */
    readonly random?: () => number;
    /** None unless told. */
    readonly adjustments?: Adjustments;
    readonly breakers?: Breakers;
  }) {
    this.#options = {
      random: Math.random,
      adjustments: new Adjustments(),
      breakers: new Breakers(),
      ...options,
    };
    this.#scheduler = new CheckScheduler(options.clock);
    this.#memory = new GroupMemory(options.clock);
  }

  list(): ComponentView[] {
    return [...this.#components.values()]
      .map(({ view }) => view)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** A component that may be gone. */
  find(id: ComponentId): ComponentView | null {
    return this.#components.get(id)?.view ?? null;
  }

  /** @throws BulwarkError `component-unknown` */
  view(id: string): ComponentView {
    return this.#get(id).view;
  }

  /**
   * Takes up what settings files describe, instead of what they described before. A component whose
   * description is the same goes on untouched; one that is gone is stopped.
   */
  async replace(definitions: readonly ComponentDefinition[]): Promise<void> {
    if (this.#closed) return;
    const wanted = new Map(definitions.map((one) => [one.id, one]));
    const leaving: Promise<void>[] = [];
    for (const [id, { definition }] of this.#components)
      if (definition.origin.kind === 'settings' && !isSame(definition, wanted.get(id)))
        leaving.push(this.#drop(id));
    await Promise.all(leaving);
    for (const definition of wanted.values())
      if (!this.#components.has(definition.id)) this.#add(definition);
    this.#startWaiting();
  }

  /**
   * A program describes a component; again, when it registers the same id.
   * @param by stands for the program's connection
   * @param probe asks a part of this very program, as often as its heartbeat should come
   * @throws BulwarkError `component-exists` when settings describe it, or it is a part of the program
   *   that all of this runs in; `component-refused` when it would depend on itself, `busy` when there are too many, or too many of this program
   */
  async register(
    definition: Omit<ComponentDefinition, 'id' | 'dependsOn' | 'scope'>,
    name: string,
    by: object,
    probe: Probe | null = null,
  ): Promise<ComponentView> {
    const id = idOf(null, name);
    const known = this.#components.get(id);
    if (known !== undefined && known.definition.origin.kind !== 'program')
      throw new BulwarkError('component-exists', `${id} is described in a settings file`, {
        hint: 'Register it under another id.',
      });
    if (known?.isOwn === true && probe === null)
      throw new BulwarkError(
        'component-exists',
        `${id} is a part of the program that runs all of this`,
        {
          hint: 'Register it under another id.',
        },
      );
    if (known === undefined && this.#components.size >= MAX_COMPONENTS)
      throw new BulwarkError('busy', `there are ${String(MAX_COMPONENTS)} components already`, {
        hint: 'Unregister those that are over.',
      });
    const dependsOn = (definition.spec.dependsOn ?? []).map((one) => idOf(null, one));
    const next = { ...definition, id, dependsOn, scope: 'programs' };
    const way = findWayBack(id, (one) => (one === id ? dependsOn : this.#dependsOn(one)));
    if (way !== null)
      throw new BulwarkError(
        'component-refused',
        `${id} would depend on itself: ${way.join(' → ')}`,
        {
          hint: 'Leave one of these dependencies out.',
        },
      );
    this.#limit.take(by, id);
    if (known !== undefined) {
      if (probe === null && isSame(known.definition, next)) return known.view;
      await this.#drop(id);
    }
    const added = this.#add(next, probe);
    this.#startWaiting();
    return added.view;
  }

  /** @throws BulwarkError `component-unknown`, `component-refused` when no program registered it */
  async unregister(id: string): Promise<void> {
    const component = this.#get(id);
    if (component.definition.origin.kind !== 'program')
      throw new BulwarkError('component-refused', `${id} is described in a settings file`, {
        hint: 'Take it out of that file.',
      });
    await this.#drop(component.id);
  }

  /** @throws BulwarkError `component-unknown`, `component-refused` */
  heartbeat(id: string): void {
    this.#get(id).beat();
  }

  /** Starts a process, after those that it depends on. @throws BulwarkError as {@link stop} */
  start(id: string): ComponentView {
    const component = this.#get(id);
    this.#want(component, new Set());
    this.#startWaiting();
    return component.view;
  }

  /** @throws BulwarkError `component-unknown`, `component-refused` when the agent does not run it */
  async stop(id: string): Promise<ComponentView> {
    const component = this.#get(id);
    const { supervised } = component;
    component.waitsFor = [];
    await supervised.stop();
    component.update();
    return component.view;
  }

  /** @throws BulwarkError as {@link stop} */
  async restart(id: string): Promise<ComponentView> {
    await this.stop(id);
    return this.start(id);
  }

  /**
   * Starts a process anew because it does not do well: with the back-off and the budget of
   * failures. What was measured before counts no more.
   * @throws BulwarkError as {@link stop}, and `recovery-refused` when the budget is used up
   */
  async restartAfterFault(id: string, signal: AbortSignal): Promise<void> {
    const component = this.#get(id);
    await component.supervised.restartAfterFault(signal);
    component.waitsFor = [];
    component.measureAnew();
    component.update();
  }

  /** Lets the next check through although too many failed. @throws BulwarkError `component-unknown` */
  halfOpen(id: string): void {
    this.#get(id).halfOpen();
  }

  /** What was measured before something was done about it counts no more. */
  measureAnew(id: string): void {
    this.#get(id).measureAnew();
  }

  /** How many steps of more a process has been given, and how many it may have. */
  resources(id: string): { readonly step: number; readonly most: number } {
    const { spec } = this.#get(id).definition;
    return { step: this.#options.adjustments.stepOf(id), most: stepsOf(spec) };
  }

  /** Gives a process so many steps of more from its next start on; kept over restarts of the agent. */
  async setResources(id: string, step: number): Promise<void> {
    const { most } = this.resources(id);
    await this.#options.adjustments.set(id, Math.max(0, Math.min(most, step)));
  }

  /** Stops all that runs, those first that others do not need. @returns what it stopped, in order */
  async stopEverything(why: string): Promise<ComponentId[]> {
    const stopped: ComponentId[] = [];
    await this.#stopAll(new Set(this.#components.keys()), why, stopped);
    return stopped;
  }

  /**
   * What a process wrote last. @param after number of the last line that is known
   * @throws BulwarkError as {@link stop}
   */
  logs(id: string, after: number, limit: number): LogLine[] {
    return this.#get(id).supervised.log.list(after, limit);
  }

  /** Checks a component now. */
  check(id: ComponentId): Promise<void> {
    return this.#scheduler.now(id);
  }

  /** The machine slept: silence meanwhile means nothing. */
  slept(): void {
    for (const component of this.#components.values()) component.slept();
  }

  /** Stops everything that it started, those first that others do not need. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#scheduler.close();
    await this.#stopAll(new Set(this.#components.keys()), 'the agent leaves', []);
    this.#components.clear();
    await this.#options.ledger.close();
  }

  async #stopAll(left: Set<ComponentId>, why: string, stopped: ComponentId[]): Promise<void> {
    while (left.size > 0) {
      const needed = new Set(
        [...left].flatMap((id) => this.#components.get(id)?.definition.dependsOn ?? []),
      );
      const free = [...left].filter((id) => !needed.has(id));
      // A cycle, which settings are refused for: then all at once.
      const batch = free.length > 0 ? free : [...left];
      await Promise.all(
        batch.map(async (id) => {
          const component = this.#components.get(id);
          if (component?.process == null) return;
          if (isActive(component.process.state.kind)) stopped.push(id);
          component.waitsFor = [];
          await component.process.stop(why);
        }),
      );
      for (const id of batch) left.delete(id);
    }
  }

  #add(definition: ComponentDefinition, probe: Probe | null = null): WatchedComponent {
    const { id, scope, spec } = definition;
    const budget = this.#budgets.get(scope) ?? new RestartBudget(this.#options.clock);
    this.#budgets.set(scope, budget);
    const component = new WatchedComponent({
      ...this.#options,
      memory: this.#memory,
      definition,
      probe,
      budget,
      onChecked: (ok, ms) => {
        this.onChecked.emit({ id, ok, ms });
      },
      onChange: (changed) => {
        this.onChange.emit(changed);
        if (!this.#closed) this.#startWaiting();
      },
    });
    this.#components.set(id, component);
    if (component.checked)
      this.#scheduler.add({
        id,
        intervalMs: probe !== null && 'everyMs' in spec ? spec.everyMs : intervalOf(spec),
        run: (signal) => component.check(signal),
      });
    this.onChange.emit(id);
    if (
      component.state.kind !== 'unapproved' &&
      spec.kind === 'process' &&
      spec.autoStart !== false
    )
      this.#want(component, new Set());
    return component;
  }

  async #drop(id: ComponentId): Promise<void> {
    const component = this.#components.get(id);
    if (component === undefined) return;
    this.#components.delete(id);
    this.#scheduler.remove(id);
    await component.process?.stop('it is not described any more');
    this.onChange.emit(id);
  }

  /** Marks a process, and those that it depends on, to be started when their time has come. */
  #want(component: WatchedComponent, seen: Set<ComponentId>): void {
    const { supervised } = component;
    if (isActive(supervised.state.kind) || seen.has(component.id)) return;
    seen.add(component.id);
    const { dependsOn } = component.definition;
    for (const id of dependsOn) {
      const other = this.#components.get(id);
      if (other?.process != null && other.state.kind !== 'unapproved') this.#want(other, seen);
    }
    component.waitsFor = dependsOn;
    if (dependsOn.length === 0) supervised.start();
    component.update();
  }

  #startWaiting(): void {
    for (const component of this.#components.values()) {
      if (component.waitsFor.length === 0) continue;
      const missing = component.waitsFor.filter(
        (id) => this.#components.get(id)?.state.kind !== 'up',
      );
      const ready = missing.length === 0;
      component.waitsFor = missing;
      if (ready) component.process?.start();
      component.update();
    }
  }

  #dependsOn(id: string): readonly string[] {
    return this.#lookUp(id)?.definition.dependsOn ?? [];
  }

  #lookUp(id: string): WatchedComponent | undefined {
    const known: ReadonlyMap<string, WatchedComponent> = this.#components;
    return known.get(id);
  }

  #get(id: string): WatchedComponent {
    const component = this.#lookUp(id);
    if (component !== undefined) return component;
    throw new BulwarkError('component-unknown', `there is no component ${id}`, {
      hint: 'List them with: bulwark components',
    });
  }
}

function intervalOf({ intervalMs = INTERVAL_MS }: ComponentDefinition['spec']): number {
  return intervalMs;
}

function isActive(kind: string): boolean {
  return kind === 'running' || kind === 'starting';
}

function isSame(a: ComponentDefinition, b: ComponentDefinition | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
