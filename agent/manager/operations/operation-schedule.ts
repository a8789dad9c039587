import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock, Timer } from '../../support/clock';
import { BulwarkError, throwIfAborted } from '../../support/errors';
import type { Log } from '../../support/log';
import {
  LONGEST_HOLD_MS,
  type Operation,
  type Operations,
  type Priority,
} from '../../support/operations';
import { WaitingLine, type Waiting } from './waiting-line';

/** Operations that run at once; more would only slow each other down. */
export const AT_ONCE = 10;
/** Of these, places that backups, verifications and scrubs may have; and these together with recoveries. */
const FOR_LOW = 6;
const FOR_RECOVERIES = 8;
/** Whoever has waited so long goes before all others, and beside a restore, ms. */
const OVERDUE_MS = 10 * 60_000;
/** How often it is looked whether what held background work back is over, ms. */
const LOOK_MS = 10_000;

/** Tells what speaks against background work just now. */
export interface Brake {
  /** For people: "the processor is busy (93 %)"; null where nothing does. */
  why(worktree: string | null): string | null;
}

/** An operation that is under way. */
interface Running {
  readonly operation: Operation;
  /** The one that it is a part of. */
  readonly outer: Running | null;
  /** How long it has rested for others, ms, and what was told of why. */
  restedMs: number;
  told: string | null;
  isOver: boolean;
}

/** An operation that waits, and why. */
export interface WaitingView {
  readonly operation: Operation;
  /** How long it has waited, ms. */
  readonly waitedMs: number;
  readonly why: string;
}

/**
 * The one order of all operations: at most {@link AT_ONCE} at once, by priority, fair among
 * worktrees. A part of an operation needs no place of its own, so that nothing waits for itself.
 */
export class OperationSchedule implements Operations {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #line = new WaitingLine();
  readonly #running = new Set<Running>();
  readonly #within = new AsyncLocalStorage<Running>();
  /** Wakes those that rest between two steps. */
  readonly #resting = new Set<() => void>();
  #brake: Brake | null = null;
  #timer: Timer | null = null;
  #closed = false;

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** From now on this tells when background work waits. */
  useBrake(brake: Brake): void {
    this.#brake = brake;
  }

  /** Those that run, each with the parts of it that do. */
  get running(): Operation[] {
    return [...this.#running].map(({ operation }) => operation);
  }

  /** Those that wait, in the order in which they were asked for. */
  get waiting(): WaitingView[] {
    const now = this.#clock.monotonic();
    return this.#line.all.map((one) => ({
      operation: one.operation,
      waitedMs: now - one.since,
      why: this.#against(one) ?? 'others go first',
    }));
  }

  async run<T>(
    operation: Operation,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    const running: Running = {
      operation,
      outer: this.#current,
      restedMs: 0,
      told: null,
      isOver: false,
    };
    if (running.outer === null) await this.#turn(running, signal);
    else this.#running.add(running);
    try {
      return await this.#within.run(running, work);
    } finally {
      running.isOver = true;
      this.#running.delete(running);
      this.#pump();
      for (const wake of [...this.#resting]) wake();
    }
  }

  async pause(signal: AbortSignal): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    const root = rootOf(current);
    if (!isLow(root.operation)) return;
    while (!signal.aborted && !this.#closed) {
      const why = this.#againstGoingOn(root);
      if (why === null) return;
      if (root.told === null)
        this.#log.info('Work in the background rests', { what: root.operation.what, why });
      root.told = why;
      const began = this.#clock.monotonic();
      await this.#rest(signal);
      root.restedMs += this.#clock.monotonic() - began;
    }
  }

  heldBy(worktree: string | null): string | null {
    return this.#brake?.why(worktree) ?? null;
  }

  restoresBeside(worktree: string): boolean {
    return [...this.#running].some(
      ({ operation }) => operation.priority === 'restore' && operation.worktree !== worktree,
    );
  }

  /** What waits fails with `cancelled`; what runs is its owner's to end. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
    for (const one of [...this.#line.all]) one.giveUp(closing());
    for (const wake of [...this.#resting]) wake();
  }

  /** The operation that the caller is a part of, or null. What an operation left behind is none of it. */
  get #current(): Running | null {
    let current = this.#within.getStore() ?? null;
    while (current?.isOver === true) current = current.outer;
    return current;
  }

  #turn(running: Running, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(closing());
        return;
      }
      const { operation } = running;
      const onAbort = (): void => {
        one.giveUp(new BulwarkError('cancelled', 'cancelled'));
      };
      const one: Waiting = {
        operation,
        since: this.#clock.monotonic(),
        start: () => {
          signal?.removeEventListener('abort', onAbort);
          this.#running.add(running);
          resolve();
        },
        giveUp: (why) => {
          signal?.removeEventListener('abort', onAbort);
          this.#line.remove(one);
          reject(why);
          this.#pump();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#line.add(one);
      this.#pump();
      if (operation.background !== true || !this.#line.all.includes(one)) return;
      this.#log.info('Work in the background waits', {
        what: operation.what,
        why: this.#against(one),
      });
    });
  }

  /** Starts all that may start now. */
  #pump(): void {
    if (this.#closed) return;
    for (;;) {
      const next = this.#line.take(
        (one) => this.#against(one) === null,
        (one) => this.#isOverdue(one),
      );
      if (next === null) break;
      next.start();
    }
    const mustLook = this.#line.all.length > 0;
    if (!mustLook) this.#timer?.cancel();
    this.#timer = !mustLook
      ? null
      : (this.#timer ??
        this.#clock.setTimeout(() => {
          this.#timer = null;
          this.#pump();
        }, LOOK_MS));
  }

  /** Why it may not start now, for people; null where it may. */
  #against(one: Waiting): string | null {
    const { operation } = one;
    const roots = [...this.#running].filter(({ outer }) => outer === null);
    if (roots.length >= AT_ONCE) return `${String(AT_ONCE)} operations run already`;
    // The others are for what cannot wait: restores, and the loss guard.
    if (operation.priority === 'restore' || operation.priority === 'loss-guard') return null;
    const low = roots.filter((running) => isLow(running.operation)).length;
    const recoveries = roots.filter((running) => running.operation.priority === 'recovery').length;
    if (low + recoveries >= FOR_RECOVERIES) return `${String(low + recoveries)} others run already`;
    if (!isLow(operation)) return null;
    if (low >= FOR_LOW) return `${String(low)} others like it run already`;
    if (this.#isOverdue(one)) return null;
    if (this.#restores(null)) return 'a restore goes first';
    return operation.background === true ? this.heldBy(operation.worktree) : null;
  }

  #againstGoingOn(root: Running): string | null {
    const { operation } = root;
    if (root.restedMs >= longestWait(operation)) return null;
    if (this.#restores(root)) return 'a restore goes first';
    return operation.background === true ? this.heldBy(operation.worktree) : null;
  }

  #isOverdue({ operation, since }: Waiting): boolean {
    return this.#clock.monotonic() - since >= longestWait(operation);
  }

  /** Whether a restore runs that is no part of `of`. */
  #restores(of: Running | null): boolean {
    return [...this.#running].some(
      (running) => running.operation.priority === 'restore' && rootOf(running) !== of,
    );
  }

  /** Resolves when an operation has ended, after a while, or when `signal` is aborted. */
  async #rest(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => {
      woken.abort();
    };
    this.#resting.add(wake);
    await this.#clock.sleep(LOOK_MS, AbortSignal.any([signal, woken.signal]));
    this.#resting.delete(wake);
  }
}

function rootOf(running: Running): Running {
  let root = running;
  while (root.outer !== null) root = root.outer;
  return root;
}

/** Whether it waits for restores. */
function isLow({ priority }: Operation): boolean {
  return LOW.has(priority);
}

const LOW: ReadonlySet<Priority> = new Set(['backup', 'verification', 'scrub']);

function longestWait({ background }: Operation): number {
  return background === true ? LONGEST_HOLD_MS : OVERDUE_MS;
}

function closing(): BulwarkError {
  return new BulwarkError('cancelled', 'the agent is closing');
}
