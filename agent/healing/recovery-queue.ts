import { BulwarkError, messageOf } from '../support/errors';
import type { Clock, Timer } from '../support/clock';
import { displayName } from '../support/names';
import type { Operations } from '../support/operations';
import { subjectKey } from './incident';
import type { RecoveryRecord } from './recovery';

export interface QueueOptions {
  readonly clock: Clock;
  readonly operations: Operations;
  /** One did not get its turn. */
  giveUp(record: RecoveryRecord, why: string): Promise<void>;
  /** Runs one; never rejects. */
  run(record: RecoveryRecord, signal: AbortSignal, approved: string | null): Promise<void>;
  /** Ids of the components that one depends on. */
  dependsOn(component: string): readonly string[];
  limits(): { readonly atOnce: number; readonly limitMs: number };
  /** Which are waiting or running is another. */
  onChange(): void;
}

interface Waiting {
  readonly record: RecoveryRecord;
  readonly approved: string | null;
}

interface Running {
  readonly record: RecoveryRecord;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Lets so many recoveries run at once; one at a time of a thing, and after those of what it depends on. */
export class RecoveryQueue {
  readonly #options: QueueOptions;
  readonly #running = new Map<string, Running>();
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Those that wait for their turn or run. */
  get active(): RecoveryRecord[] {
    return [...this.#waiting, ...this.#running.values()].map(({ record }) => record);
  }

  add(record: RecoveryRecord, approved: string | null): void {
    if (this.#closed) return;
    this.#waiting.push({ record, approved });
    this.#options.onChange();
    this.#pump();
  }

  /** Stops one, if it is waiting or running, and waits for its end. */
  async cancel(id: string, why: string): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) {
      running.stop.abort(why);
      await running.done;
    }
    this.#waiting = this.#waiting.filter(({ record }) => record.id !== id);
    this.#options.onChange();
  }

  /** Gives up all that runs, and waits for it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting = [];
    for (const { stop } of this.#running.values()) stop.abort('the agent leaves');
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #pump(): void {
    // What runs is restarted at once: it does not wait for repairs of git, which take longer.
    const rank = ({ record }: Waiting): number =>
      record.incident.subject.kind === 'component' ? 0 : 1;
    for (const one of this.#waiting.toSorted((a, b) => rank(a) - rank(b))) {
      if (this.#closed || this.#running.size >= this.#options.limits().atOnce) return;
      if (this.#mustWait(one.record)) continue;
      this.#waiting = this.#waiting.filter((other) => other !== one);
      this.#start(one);
    }
  }

  #start({ record, approved }: Waiting): void {
    const { clock } = this.#options;
    const stop = new AbortController();
    const { limitMs } = this.#options.limits();
    const timer: Timer = clock.setTimeout(() => {
      stop.abort(`its ${String(Math.round(limitMs / 1000))} s are over`);
    }, limitMs);
    const done = this.#inTurn({ record, approved }, stop.signal).finally(() => {
      timer.cancel();
      this.#running.delete(record.id);
      this.#options.onChange();
      this.#pump();
    });
    this.#running.set(record.id, { record, stop, done });
  }

  async #inTurn({ record, approved }: Waiting, signal: AbortSignal): Promise<void> {
    const { operations } = this.#options;
    const { name } = record.incident.subject;
    const what = `a recovery of ${displayName(name)}`;
    try {
      await operations.run({ priority: 'recovery', worktree: name, what }, signal, () =>
        this.#options.run(record, signal, approved),
      );
    } catch (error) {
      await this.#options.giveUp(record, messageOf(error));
    }
  }

  #mustWait({ id, incident }: RecoveryRecord): boolean {
    const running = [...this.#running.values()].map(({ record }) => record);
    const key = subjectKey(incident.subject);
    if (running.some((one) => subjectKey(one.incident.subject) === key)) return true;
    if (incident.subject.kind !== 'component') return false;
    const needed = this.#options.dependsOn(incident.subject.id);
    return this.active.some(
      (one) =>
        one.id !== id &&
        one.incident.subject.kind === 'component' &&
        needed.includes(one.incident.subject.id),
    );
  }
}

/** @throws BulwarkError `recovery-refused` */
export function refuse(why: string, hint: string): never {
  throw new BulwarkError('recovery-refused', why, { hint });
}
