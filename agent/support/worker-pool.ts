import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { systemClock, type Clock, type Timer } from './clock';
import { BulwarkError, messageOf, throwIfAborted, type Reason } from './errors';

/**
 * A kind of work for worker threads. While it runs, a task can ask the caller
 * questions (`Q`) and waits for answers (`A`); it ends with a result (`R`).
 */
export interface TaskType<P, Q, A, R> {
  readonly name: string;
  /** Carries the types; never there at run time. */
  readonly types?: (payload: P, question: Q, answer: A) => R;
}

/** The caller, as a running task sees it. */
export interface TaskCaller<Q, A> {
  ask(question: Q, transfer?: readonly ArrayBuffer[]): Promise<A>;
}

/** Does the work of one task type in a worker thread. */
export interface TaskHandler<P, Q, A, R> {
  readonly name: string;
  run(payload: P, caller: TaskCaller<Q, A>): Promise<R>;
}

/** Binds the code of a task to its type. */
export function handleTask<P, Q, A, R>(
  type: TaskType<P, Q, A, R>,
  run: (payload: P, caller: TaskCaller<Q, A>) => Promise<R>,
): TaskHandler<P, Q, A, R> {
  return { name: type.name, run };
}

type ToWorker =
  | { readonly kind: 'run'; readonly task: string; readonly payload: unknown }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'refuse'; readonly number: number; readonly message: string };

type FromWorker =
  | { readonly kind: 'ask'; readonly number: number; readonly question: unknown }
  | { readonly kind: 'done'; readonly result: unknown }
  | {
      readonly kind: 'failed';
      readonly reason: Reason;
      readonly message: string;
      readonly hint?: string;
    };

/** Runs in a worker thread: takes tasks from the pool, one at a time, until the thread ends. */
export function serveTasks(
  handlers: readonly TaskHandler<unknown, unknown, unknown, unknown>[],
): void {
  const port = parentPort;
  if (isMainThread || port === null) throw new Error('not a worker thread');
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let number = 0;
  const caller: TaskCaller<unknown, unknown> = {
    ask: (question, transfer = []) =>
      new Promise((resolve, reject) => {
        number += 1;
        waiting.set(number, { resolve, reject });
        port.postMessage({ kind: 'ask', number, question } satisfies FromWorker, [...transfer]);
      }),
  };
  const start = async (task: string, payload: unknown): Promise<FromWorker> => {
    try {
      const handler = handlers.find(({ name }) => name === task);
      if (handler === undefined) throw new Error(`no such task: ${task}`);
      return { kind: 'done', result: await handler.run(payload, caller) };
    } catch (error) {
      return failure(error);
    }
  };
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'run') {
      void start(message.task, message.payload).then((end) => {
        port.postMessage(end);
      });
      return;
    }
    const asked = waiting.get(message.number);
    waiting.delete(message.number);
    if (message.kind === 'answer') asked?.resolve(message.answer);
    else asked?.reject(new BulwarkError('cancelled', message.message));
  });
}

function failure(error: unknown): FromWorker {
  if (error instanceof BulwarkError)
    return {
      kind: 'failed',
      reason: error.reason,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  const stack = error instanceof Error ? error.stack : undefined;
  return { kind: 'failed', reason: 'internal', message: stack ?? messageOf(error) };
}

/** How a caller serves a task that it runs. */
export interface RunOptions<Q, A> {
  answer(question: Q): Promise<A> | A;
  readonly signal?: AbortSignal | undefined;
  /** Short work that must not wait for long work: it may start one thread more. */
  readonly urgent?: boolean | undefined;
  /** Long work that goes before all other, also before what is urgent, which keeps its one thread more. */
  readonly ahead?: boolean | undefined;
}

/** In the order in which they get threads. */
const ORDERS = ['ahead', 'urgent', 'long'] as const;
type Order = (typeof ORDERS)[number];

interface Waiting {
  readonly order: Order;
  resolve(worker: Worker): void;
  reject(error: Error): void;
}

export interface WorkerPoolOptions {
  /** File that calls {@link serveTasks} when it runs in a worker thread. */
  readonly script: string;
  readonly size: number;
  /** For {@link restMs}. */
  readonly clock?: Clock;
  /** Threads that nobody needed for so long end: each holds about 20 MB. Left out: they stay. */
  readonly restMs?: number;
}

/** A few worker threads that are started when first needed. */
export class WorkerPool {
  readonly #script: string;
  readonly #size: number;
  readonly #clock: Clock;
  readonly #restMs: number | null;
  readonly #idle: Worker[] = [];
  #resting: Timer | null = null;
  readonly #all = new Set<Worker>();
  #queue: Waiting[] = [];
  /** Threads that do work which is not urgent. */
  readonly #slow = new Set<Worker>();
  #closed = false;

  constructor({ script, size, clock = systemClock, restMs }: WorkerPoolOptions) {
    this.#script = script;
    this.#size = size;
    this.#clock = clock;
    this.#restMs = restMs ?? null;
  }

  /** Threads that are there, at work or not. */
  get threads(): number {
    return this.#all.size;
  }

  /** How many tasks run at once, but for an urgent one. */
  get size(): number {
    return this.#size;
  }

  /** Whether somebody waits for a thread: long work that can be cut ends its part then. */
  get contended(): boolean {
    return this.#queue.length > 0;
  }

  /** Starts all threads now, so that work which is about to come need not wait for them. */
  warm(): void {
    while (!this.#closed && this.#all.size < this.#size) this.#give(this.#start());
  }

  /**
   * Runs a task in the next free thread.
   * @throws BulwarkError what the task threw, or `cancelled`
   */
  async run<P, Q, A, R>(
    type: TaskType<P, Q, A, R>,
    payload: P,
    options: RunOptions<Q, A>,
  ): Promise<R> {
    throwIfAborted(options.signal);
    const worker = await this.#take(
      options.ahead === true ? 'ahead' : options.urgent === true ? 'urgent' : 'long',
    );
    if (options.signal?.aborted === true) this.#give(worker);
    throwIfAborted(options.signal);
    return new Promise<R>((resolve, reject) => {
      let cancelled = false;
      const finish = (): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
      };
      const onError = (error: Error): void => {
        finish();
        reject(error);
      };
      const onExit = (): void => {
        onError(new BulwarkError('internal', 'a worker thread ended in the middle of its work'));
      };
      const reply = async (number: number, question: Q): Promise<void> => {
        let message: ToWorker;
        try {
          throwIfAborted(options.signal);
          message = { kind: 'answer', number, answer: await options.answer(question) };
        } catch (error) {
          cancelled = true;
          failed ??= error;
          message = { kind: 'refuse', number, message: messageOf(error) };
        }
        worker.postMessage(message);
      };
      let failed: unknown;
      const onMessage = (
        message:
          | { kind: 'ask'; number: number; question: Q }
          | { kind: 'done'; result: R }
          | Extract<FromWorker, { kind: 'failed' }>,
      ): void => {
        if (message.kind === 'ask') {
          void reply(message.number, message.question);
          return;
        }
        finish();
        this.#give(worker);
        if (cancelled) reject(failed instanceof Error ? failed : new Error(messageOf(failed)));
        else if (message.kind === 'done') resolve(message.result);
        else {
          const hint = message.hint === undefined ? {} : { hint: message.hint };
          reject(new BulwarkError(message.reason, message.message, hint));
        }
      };
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      worker.postMessage({ kind: 'run', task: type.name, payload } satisfies ToWorker);
    });
  }

  /** Ends all threads; tasks that wait or run fail with `cancelled` or `internal`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#resting?.cancel();
    for (const waiting of this.#queue.splice(0)) waiting.reject(closing());
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
    this.#all.clear();
  }

  #take(order: Order): Promise<Worker> {
    return new Promise((resolve, reject) => {
      if (this.#closed) reject(closing());
      else {
        this.#queue.push({ order, resolve, reject });
        this.#next();
      }
    });
  }

  /** Hands free threads to those who wait; urgent ones may have one more than the others. */
  #next(): void {
    while (!this.#closed) {
      const waiting = this.#nextWaiting();
      if (waiting === null) return;
      const isLong = waiting.order !== 'urgent';
      // What is ahead need not wait for a thread that urgent work has just now.
      const most = this.#size + (waiting.order === 'long' ? 0 : 1);
      const worker = this.#idle.pop() ?? (this.#all.size < most ? this.#start() : null);
      if (worker === null) return;
      this.#queue = this.#queue.filter((other) => other !== waiting);
      if (isLong) this.#slow.add(worker);
      waiting.resolve(worker);
    }
  }

  /** Who has waited longest of those that come first and may have a thread. */
  #nextWaiting(): Waiting | null {
    const isFull = this.#slow.size >= this.#size;
    for (const order of ORDERS) {
      if (order !== 'urgent' && isFull) continue;
      const found = this.#queue.find((one) => one.order === order);
      if (found !== undefined) return found;
    }
    return null;
  }

  #start(): Worker {
    const worker = new Worker(this.#script, {
      resourceLimits: { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8 },
    });
    this.#all.add(worker);
    // A thread that dies is never handed out again, and whoever waits gets a new one.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.#all.delete(worker);
      this.#slow.delete(worker);
      const at = this.#idle.indexOf(worker);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#next();
    });
    return worker;
  }

  #give(worker: Worker): void {
    this.#slow.delete(worker);
    this.#idle.push(worker);
    this.#next();
    this.#resting?.cancel();
    if (this.#restMs === null || this.#closed) return;
    this.#resting = this.#clock.setTimeout(() => {
      for (const idle of this.#idle.splice(0)) {
        this.#all.delete(idle);
        void idle.terminate();
      }
    }, this.#restMs);
  }
}

function closing(): BulwarkError {
  return new BulwarkError('cancelled', 'the agent is closing');
}
