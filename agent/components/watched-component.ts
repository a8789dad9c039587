import type { Clock } from '../support/clock';
import { BulwarkError } from '../support/errors';
import type { Breaker, Breakers } from './breakers';
import type { ComponentId } from './component-id';
import {
  FAILURES_UNTIL_DOWN,
  stateOf,
  type ComponentDefinition,
  type ComponentState,
  type ComponentView,
} from './component';
import type { Probe, ProbeOutcome } from './probes/outcome';
import { probePid } from './probes/pid';
import { measure, probeFor } from './probes/probe';
import type { LogRing } from './process/log-ring';
import type { Adjustments } from './process/adjustments';
import type { ProcessLedger } from './process/ledger';
import type { RestartBudget } from './process/restart-budget';
import type { GroupMemory } from './process/memory';
import { SupervisedProcess } from './process/supervised-process';
import { Samples } from './samples';
import { UptimeCount } from './uptime';

export interface WatchedOptions {
  readonly definition: ComponentDefinition;
  /** Looks at a part of the program that registered it; null where its description says how. */
  readonly probe: Probe | null;
  readonly clock: Clock;
  readonly ledger: ProcessLedger;
  readonly budget: RestartBudget;
  readonly random: () => number;
  /** A check told whether it is up, and took so long. */
  onChecked(ok: boolean, ms: number): void;
  readonly adjustments: Adjustments;
  readonly breakers: Breakers;
  readonly memory: GroupMemory;
  /** Its state is another one. */
  onChange(id: ComponentId): void;
}

/** Between two checks of a component that does not say, ms. */
export const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 5_000;
/** After so many failed checks in a row, ms until the next one is let through. */
const PROBE_CIRCUIT = { failures: 10, openMs: 30_000 };
/** Until a target that did not answer in time is asked once more, ms. */
const AGAIN_MS = 1_000;
/** A check that comes so much too late, ms, tells that the machine slept. */
const LATE_MS = 15_000;
/** A heartbeat is missed after so many times its interval. */
const MISSED_AFTER = 2;

/** One component: what it is, how it was when it was last looked at, and its process if it has one. */
export class WatchedComponent {
  readonly definition: ComponentDefinition;
  readonly process: SupervisedProcess | null;
  /** Ids that its start waits for. */
  waitsFor: readonly ComponentId[] = [];
  readonly #options: WatchedOptions;
  readonly #probe: Probe | null;
  readonly #breaker: Breaker;
  readonly #samples = new Samples();
  readonly #uptime: UptimeCount;
  #check: ProbeOutcome | null = null;
  #checkedAt: number | null = null;
  #failures = 0;
  /** The last check found nobody that answered in time. */
  #isSilent = false;
  #memory: number | null = null;
  #beatAt: number | null = null;
  #lookedAt: number | null = null;
  #addedAt: number;
  #state: ComponentState;
  #since: number;

  constructor(options: WatchedOptions) {
    this.#options = options;
    this.definition = options.definition;
    const { spec, id, folder } = options.definition;
    const { clock } = options;
    this.process =
      spec.kind === 'process'
        ? new SupervisedProcess({
            ...options,
            id,
            spec,
            folder,
            onChange: () => this.#processChanged(),
          })
        : null;
    this.#probe = options.probe ?? this.#probeOf();
    this.#breaker = options.breakers.get(`probe ${id}`, PROBE_CIRCUIT);
    this.#addedAt = clock.monotonic();
    this.#state = this.#derive();
    this.#since = clock.now();
    this.#uptime = new UptimeCount(clock);
  }

  get id(): ComponentId {
    return this.definition.id;
  }

  /** Whether it is a part of the very program that all of this runs in. */
  get isOwn(): boolean {
    return this.#options.probe !== null;
  }

  get state(): ComponentState {
    return this.#state;
  }

  get view(): ComponentView {
    const process = this.process?.state;
    return {
      ...this.definition,
      state: this.#state,
      since: this.#since,
      checkedAt: this.#checkedAt,
      pid: process !== undefined && 'pid' in process ? process.pid : null,
      restarts: this.process?.restarts ?? 0,
      figures: this.#samples.figures,
      uptime: this.#uptime.figures,
      memoryBytes: this.#memory,
      circuit: this.#breaker.state,
    };
  }

  /** Whether there is anything to look at regularly. */
  get checked(): boolean {
    return this.#isApproved && (this.#probe !== null || this.#memoryLimit !== null);
  }

  /** @throws BulwarkError `component-refused` where the agent does not run it, or may not */
  get supervised(): SupervisedProcess {
    const { id } = this.definition;
    if (!this.#isApproved)
      throw new BulwarkError('component-refused', `nobody has approved ${id}`, {
        hint: 'Read its bulwark.json, then run: bulwark components approve',
      });
    if (this.process === null)
      throw new BulwarkError(
        'component-refused',
        `the agent does not run ${id}, it only watches it`,
        {
          hint: 'Only components of the kind "process" are started and stopped.',
        },
      );
    return this.process;
  }

  get log(): LogRing | null {
    return this.process?.log ?? null;
  }

  /**
   * Looks once; at a target that did not answer within the component's time limit a second time soon:
   * both together are as long a silence as two checks that failed at once, an interval apart.
   */
  async check(signal: AbortSignal): Promise<void> {
    this.#noticeSleep();
    await this.#look(signal);
    if (!this.#isSilent || this.#failures !== 1) return;
    await this.#options.clock.sleep(AGAIN_MS, signal);
    if (!signal.aborted) await this.#look(signal);
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#isSilent = false;
    // A process that does not run says nothing by not answering.
    if (this.process !== null && this.process.state.kind !== 'running') return;
    await this.#weigh();
    const probe = this.#probe;
    if (probe === null) return;
    const { clock, definition } = this.#options;
    const { timeoutMs = TIMEOUT_MS } = definition.spec;
    const measured = await this.#breaker.run(
      () =>
        measure(probe, {
          clock,
          timeoutMs,
          folder: definition.folder,
          signal,
        }),
      ({ outcome }) => outcome.kind === 'up' || signal.aborted,
    );
    // Open: what failed so often is asked less.
    if (measured === null) return;
    const { outcome, durationMs } = measured;
    if (signal.aborted) return;
    if (this.process !== null && this.process.state.kind !== 'running') return;
    this.#check = outcome;
    this.#checkedAt = clock.now();
    this.#failures = outcome.kind === 'down' ? this.#failures + this.#weight : 0;
    this.#isSilent = outcome.kind === 'down' && durationMs >= timeoutMs;
    if (outcome.kind !== 'unknown') {
      const isUp = outcome.kind === 'up';
      this.#samples.add(clock.monotonic(), isUp, durationMs);
      this.#options.onChecked(isUp, durationMs);
    }
    this.update();
  }

  /** Lets the next check through although too many failed: it decides whether all may. */
  halfOpen(): void {
    this.#breaker.halfOpen();
  }

  /** What was measured before something was done about it counts no more. */
  measureAnew(): void {
    this.#samples.clear();
    this.#failures = 0;
    this.halfOpen();
  }

  async #weigh(): Promise<void> {
    const state = this.process?.state;
    if (this.#memoryLimit === null || state?.kind !== 'running') return;
    this.#memory = await this.#options.memory.of(state.pid);
    if (this.#memory !== null && this.#memory >= this.#memoryLimit) this.#options.onChange(this.id);
  }

  get #memoryLimit(): number | null {
    const { spec } = this.definition;
    return spec.kind === 'process' ? (spec.maxMemoryBytes ?? null) : null;
  }

  /** The program has reported itself. @throws BulwarkError `component-refused` for other kinds */
  beat(): void {
    const { spec, id } = this.definition;
    if (spec.kind !== 'heartbeat')
      throw new BulwarkError('component-refused', `${id} is not one that reports itself`);
    this.#beatAt = this.#options.clock.monotonic();
    this.#check = { kind: 'up' };
    this.#failures = 0;
    this.update();
  }

  /** The clocks of some systems go on while the machine sleeps, and a check may be the first to run then. */
  #noticeSleep(): void {
    const now = this.#options.clock.monotonic();
    const { intervalMs = INTERVAL_MS } = this.definition.spec;
    if (this.#lookedAt !== null && now - this.#lookedAt > intervalMs + LATE_MS) this.slept();
    this.#lookedAt = now;
  }

  /** Timers were late because the machine slept: what was not heard meanwhile means nothing. */
  slept(): void {
    this.#addedAt = this.#options.clock.monotonic();
    if (this.#beatAt !== null) this.#beatAt = this.#addedAt;
  }

  /** Derives the state anew and tells when it is another one. */
  update(): void {
    const state = this.#derive();
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    if (state.kind !== this.#state.kind) this.#since = this.#options.clock.now();
    this.#state = state;
    this.#uptime.become(state.kind);
    this.#options.onChange(this.id);
  }

  /** What a process id or a long silence tells needs no second look. */
  get #weight(): number {
    const { kind } = this.definition.spec;
    return kind === 'pid' || kind === 'heartbeat' ? FAILURES_UNTIL_DOWN : 1;
  }

  get #isApproved(): boolean {
    const { origin } = this.definition;
    return origin.kind !== 'settings' || origin.approved;
  }

  #derive(): ComponentState {
    if (!this.#isApproved) return { kind: 'unapproved' };
    if (this.waitsFor.length > 0) return { kind: 'waiting', for: this.waitsFor };
    return stateOf(this.process?.state ?? null, this.#check, this.#failures);
  }

  #processChanged(): void {
    // What was measured of the last run says nothing about this one.
    this.#check = null;
    this.#failures = 0;
    this.#memory = null;
    this.update();
  }

  #probeOf(): Probe | null {
    const { spec } = this.definition;
    const { clock } = this.#options;
    switch (spec.kind) {
      case 'process':
        return spec.health === undefined ? null : probeFor(spec.health, clock);
      case 'pid':
        return (context) => probePid(spec, context);
      case 'heartbeat':
        return () => Promise.resolve(this.#heartbeat(spec.everyMs));
      default:
        return probeFor(spec, clock);
    }
  }

  #heartbeat(everyMs: number): ProbeOutcome {
    const silent = this.#options.clock.monotonic() - (this.#beatAt ?? this.#addedAt);
    if (silent <= MISSED_AFTER * everyMs)
      return this.#beatAt === null ? { kind: 'unknown', why: 'not heard of yet' } : { kind: 'up' };
    return { kind: 'down', why: `silent for ${String(Math.round(silent / 1000))} s` };
  }
}
