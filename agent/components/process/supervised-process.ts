import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import type { ProcessSpec } from '../../protocol/component-spec';
import type { Clock, Timer } from '../../support/clock';
import { BulwarkError, messageOf } from '../../support/errors';
import { measure, probeFor } from '../probes/probe';
import { adjustedEnv, adjustedStartupMs, type Adjustments } from './adjustments';
import { launch, signalGroup } from './group';
import type { ProcessLedger } from './ledger';
import { LogRing } from './log-ring';
import type { RestartBudget } from './restart-budget';
import { afterFailure, NO_RESTARTS, type RestartHistory } from './restart-policy';

/** What a supervised process is doing. */
export type ProcessState =
  /** Nobody wants it to run, or it ended without failing. */
  | { readonly kind: 'stopped'; readonly why: string }
  /** It runs, and its start-up probe has not succeeded yet. */
  | { readonly kind: 'starting'; readonly pid: number }
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'stopping'; readonly pid: number }
  /** It failed and is started again after `delayMs`. */
  | { readonly kind: 'backing-off'; readonly why: string; readonly delayMs: number }
  /** It failed too often: a person is needed. */
  | { readonly kind: 'failed'; readonly why: string };

export interface SupervisedOptions {
  readonly id: string;
  readonly spec: ProcessSpec;
  /** Folder that relative paths start from, absolute. */
  readonly folder: string;
  readonly clock: Clock;
  readonly ledger: ProcessLedger;
  /** Shared by the components of one scope. */
  readonly budget: RestartBudget;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** What it is given beyond its description just now. */
  readonly adjustments: Adjustments;
  /** The state is another one. */
  onChange(): void;
}

interface Run {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly startedAt: number;
  readonly ended: Promise<void>;
  readonly startup: AbortController;
  startupMs: number;
}

const STOP_TIMEOUT_MS = 10_000;
const STARTUP_TIMEOUT_MS = 60_000;
/** Between two looks at whether it has started, ms. */
const STARTUP_LOOK_MS = 250;
/** Until the rest of a group whose leader has ended is killed, ms. */
const REST_GRACE_MS = 2_000;

/** A process that the agent starts, watches, starts again and stops, always with all its children. */
export class SupervisedProcess {
  readonly log: LogRing;
  readonly #options: SupervisedOptions;
  #state: ProcessState = { kind: 'stopped', why: 'not started yet' };
  #run: Run | null = null;
  /** Somebody wants it to run. */
  #wanted = false;
  #history: RestartHistory = NO_RESTARTS;
  #restarts = 0;
  #timer: Timer | null = null;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.log = new LogRing(options.clock);
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** How often it was started again after a failure, since the agent started. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Starts it, unless it runs; what failed before is forgotten. */
  start(): void {
    this.#wanted = true;
    if (this.#run !== null) return;
    this.#timer?.cancel();
    this.#history = NO_RESTARTS;
    this.#launch();
  }

  /** Asks the whole group to stop, kills it when it does not in time, and waits for its end. */
  async stop(why = 'stopped on request'): Promise<void> {
    this.#wanted = false;
    this.#timer?.cancel();
    const run = this.#run;
    if (run === null) {
      this.#become({ kind: 'stopped', why });
      return;
    }
    run.startup.abort();
    this.#become({ kind: 'stopping', pid: run.pid });
    await this.#end(run);
  }

  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /**
   * Starts it anew because it does not do well: as after a failure, with its back-off and within
   * the budgets of restarts, none of which is forgotten. Settles when it was launched again.
   * @param signal given up while it waits, it is launched at once: it was running before
   * @throws BulwarkError `recovery-refused` when the budget is used up; then it is left as it is
   */
  async restartAfterFault(signal: AbortSignal): Promise<void> {
    const { clock, budget, random } = this.#options;
    const run = this.#run;
    const now = clock.monotonic();
    const ran = { forMs: run === null ? 0 : now - run.startedAt, startupMs: run?.startupMs ?? 0 };
    const decision = afterFailure(this.#history, now, ran, random());
    if (decision.kind === 'give-up' || !budget.take())
      throw new BulwarkError(
        'recovery-refused',
        decision.kind === 'give-up' ? decision.why : 'its neighbours used up their restarts',
        { hint: 'See what it says with: bulwark logs; then: bulwark components restart' },
      );
    await this.stop('being restarted: it does not do well');
    await clock.sleep(decision.delayMs, signal);
    this.#history = decision.history;
    this.#restarts += 1;
    this.#wanted = true;
    if (this.#current() === null) this.#launch();
  }

  /** Read anew: it may have been started meanwhile. */
  #current(): Run | null {
    return this.#run;
  }

  get #step(): number {
    return this.#options.adjustments.stepOf(this.#options.id);
  }

  #launch(): void {
    const { spec, folder, id, clock, ledger } = this.#options;
    let child: ChildProcess;
    try {
      child = launch({
        command: spec.command,
        cwd: resolve(folder, spec.cwd ?? '.'),
        env: { ...spec.env, ...adjustedEnv(spec, this.#step) },
      });
    } catch (error) {
      this.#failed(messageOf(error), { forMs: 0, startupMs: 0 });
      return;
    }
    const { pid } = child;
    child.on('error', (error) => {
      if (pid === undefined) this.#failed(messageOf(error), { forMs: 0, startupMs: 0 });
    });
    if (pid === undefined) return;
    if (child.stdout !== null) this.log.follow(child.stdout, 'stdout');
    if (child.stderr !== null) this.log.follow(child.stderr, 'stderr');
    const ended = new Promise<void>((settle) => {
      child.once('exit', (code, signal) => {
        void this.#exited(run, code, signal).finally(settle);
      });
    });
    const startedAt = clock.monotonic();
    const run: Run = { child, pid, startedAt, ended, startup: new AbortController(), startupMs: 0 };
    this.#run = run;
    this.log.add('agent', `started, process ${String(pid)}`);
    void ledger.add(id, pid);
    if (spec.startup === undefined) this.#become({ kind: 'running', pid });
    else {
      this.#become({ kind: 'starting', pid });
      void this.#awaitStartup(run);
    }
  }

  async #awaitStartup(run: Run): Promise<void> {
    const { spec, clock, folder } = this.#options;
    if (spec.startup === undefined) return;
    const probe = probeFor(spec.startup, clock);
    const { signal } = run.startup;
    const limitMs = adjustedStartupMs(spec.startupTimeoutMs ?? STARTUP_TIMEOUT_MS, this.#step);
    const end = run.startedAt + limitMs;
    const isOver = (): boolean => signal.aborted;
    for (;;) {
      const left = end - clock.monotonic();
      if (left <= 0) break;
      const { outcome } = await measure(probe, { clock, timeoutMs: left, folder, signal });
      if (isOver()) return;
      if (outcome.kind === 'up') {
        run.startupMs = clock.monotonic() - run.startedAt;
        this.#become({ kind: 'running', pid: run.pid });
        return;
      }
      await clock.sleep(STARTUP_LOOK_MS, signal);
      if (isOver()) return;
    }
    this.log.add('agent', `has not started within ${String(limitMs)} ms: stopping it`);
    await this.#end(run);
  }

  async #end(run: Run): Promise<void> {
    const { spec, clock } = this.#options;
    signalGroup(run.pid, spec.stopSignal ?? 'SIGTERM');
    const timer = clock.setTimeout(() => {
      this.log.add('agent', 'has not stopped in time: killed');
      signalGroup(run.pid, 'SIGKILL');
    }, spec.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await run.ended;
    timer.cancel();
  }

  async #exited(run: Run, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const { clock, ledger, spec } = this.#options;
    run.startup.abort();
    // Children that outlive their leader would hold its ports.
    if (signalGroup(run.pid, spec.stopSignal ?? 'SIGTERM')) await this.#endRest(run.pid);
    this.#run = null;
    void ledger.remove(run.pid);
    const how =
      code === null ? `was ended by ${signal ?? 'a signal'}` : `exited with ${String(code)}`;
    this.log.add('agent', how);
    if (!this.#wanted) {
      this.#become({ kind: 'stopped', why: 'stopped on request' });
      return;
    }
    if (this.#state.kind === 'stopping') {
      // Asked to start again while it was being stopped.
      this.#launch();
      return;
    }
    const hadStarted = this.#state.kind === 'running';
    const isFailure = code !== 0 && signal !== 'SIGINT';
    const policy = spec.restart ?? 'on-failure';
    const ran = { forMs: clock.monotonic() - run.startedAt, startupMs: run.startupMs };
    if (hadStarted && !isFailure && policy !== 'always') {
      this.#wanted = false;
      this.#become({ kind: 'stopped', why: `it ${how}` });
    } else this.#failed(hadStarted ? `it ${how}` : `it has not started: it ${how}`, ran);
  }

  async #endRest(pid: number): Promise<void> {
    const { clock } = this.#options;
    const end = clock.monotonic() + REST_GRACE_MS;
    while (hasMembers(pid) && clock.monotonic() < end) await clock.sleep(20);
    if (hasMembers(pid)) signalGroup(pid, 'SIGKILL');
  }

  #failed(why: string, ran: { readonly forMs: number; readonly startupMs: number }): void {
    const { spec, clock, budget, random } = this.#options;
    if ((spec.restart ?? 'on-failure') === 'never') {
      this.#giveUp(why);
      return;
    }
    const decision = afterFailure(this.#history, clock.monotonic(), ran, random());
    if (decision.kind === 'give-up' || !budget.take()) {
      const limit =
        decision.kind === 'give-up' ? decision.why : 'its neighbours used up their restarts';
      this.#giveUp(`${why}; ${limit}`);
      return;
    }
    this.#history = decision.history;
    this.#timer = clock.setTimeout(() => {
      this.#restarts += 1;
      this.#launch();
    }, decision.delayMs);
    this.#become({ kind: 'backing-off', why, delayMs: decision.delayMs });
  }

  #giveUp(why: string): void {
    this.#wanted = false;
    this.log.add('agent', `given up: ${why}`);
    this.#become({ kind: 'failed', why });
  }

  #become(state: ProcessState): void {
    this.#state = state;
    this.#options.onChange();
  }
}

function hasMembers(pid: number): boolean {
  if (process.platform === 'win32') return false;
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}
