import { collectGarbage, type GcGrace, type GcReport } from '../../repository/gc/gc';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock, Timer } from '../../support/clock';
import { BulwarkError } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import type { Operations } from '../../support/operations';
import { forgetMemories } from '../capture/forget-memories';
import type { Expired, Pressure, RetentionPolicy } from './retention';
import { RetentionRun } from './retention-run';
import { keepReserve, measureSpace, releaseReserve, type Space, type SpaceLimits } from './space';

export interface HousekeepingOptions {
  readonly repository: Repository;
  readonly policy: RetentionPolicy;
  readonly limits: SpaceLimits;
  readonly grace: GcGrace;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs `fn` while nothing captures. */
  readonly exclusively: <T>(fn: () => Promise<T>) => Promise<T>;
  /** Snapshots are gone. */
  onForgotten(records: readonly SnapshotRecord[]): void;
  /** The store has come to a limit, or is no longer at one; told once for each. */
  onSpace(space: Space, forgotten: number): void;
}

/** What a clean-up did, or would do. */
export interface CleanUp {
  readonly expired: readonly Expired<SnapshotRecord>[];
  /** Moments of the journal that went, or would go. */
  readonly moments: number;
  readonly garbage: GcReport;
}

const HOUR_MS = 3_600_000;
/** Hours between two clean-ups that nobody asked for. */
const EVERY_HOURS = 6;
/** A wall clock that moved by so much more or less than time has passed was set, or slept, ms. */
const JUMP_MS = 60_000;
/** After nothing more could be freed, it is tried again only after this, ms. */
const TRY_AGAIN_MS = 5 * 60_000;
/** Each round gives up half of what may go, so this is never reached. */
const ROUNDS = 40;

/** Gives up what is not to be kept any longer, gives its space back, and keeps to the limits. */
export class Housekeeping {
  readonly retention: RetentionRun;
  readonly #options: HousekeepingOptions;
  readonly #mutex = new Mutex();
  #told: Pressure = 'none';
  #stuckUntil = 0;
  #timer: Timer | null = null;
  #hours = 0;
  #relieving: Promise<void> | null = null;
  #closed = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.retention = new RetentionRun(options);
  }

  /** Cleans up from time to time from now on. */
  start(): void {
    this.#arm();
  }

  /**
   * Gives up what has expired, and collects garbage.
   * @throws BulwarkError `store-damaged`, `disk-full`, `cancelled`
   */
  cleanUp(options: {
    dryRun?: boolean;
    urgent?: boolean;
    signal?: AbortSignal | undefined;
    progress?: (done: number, total: number) => void;
  }): Promise<CleanUp> {
    return this.#mutex.run(async () => {
      const { dryRun = false, ...rest } = options;
      const plan = await this.retention.plan('none');
      if (!dryRun) await this.#forget(plan, 'it was kept for its time');
      const { snapshots, moments } = plan;
      const without = new Set([...snapshots.map(({ snapshot }) => snapshot.id), ...moments]);
      const garbage = await this.#collect({ ...rest, dryRun, without });
      return { expired: snapshots, moments: moments.length, garbage };
    });
  }

  /** Gives up snapshots that a person chose. */
  async delete(records: readonly SnapshotRecord[]): Promise<void> {
    await this.#mutex.run(() =>
      this.#forget(
        { snapshots: records.map((snapshot) => ({ snapshot })), moments: [] },
        'somebody deleted it',
      ),
    );
  }

  space(): Promise<Space> {
    return measureSpace(this.#options.repository, this.#options.limits);
  }

  /**
   * Makes room where a limit is reached: before a capture, and after it. It never fails for want of
   * space: what cannot be freed is told, and the capture may still fit.
   */
  async makeRoom(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#makeRoom();
    } catch (error) {
      this.#options.log.error('No room could be made', { error });
    }
  }

  async #makeRoom(): Promise<void> {
    const { clock } = this.#options;
    const space = await this.space();
    if (space.pressure === 'none') {
      this.#stuckUntil = 0;
      if (this.#told !== 'none') this.#tell(space, 0);
      await keepReserve(this.#options.repository.path);
      return;
    }
    if (clock.monotonic() < this.#stuckUntil) return;
    this.#relieving ??= this.#mutex
      .run(() => this.#relieve())
      .finally(() => {
        this.#relieving = null;
      });
    await this.#relieving;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#mutex.run(() => undefined);
  }

  async #relieve(): Promise<void> {
    const { repository, clock } = this.#options;
    const before = await this.space();
    if (before.pressure === 'floor') await releaseReserve(repository.path);
    let forgotten = 0;
    let space = before;
    // First what is due anyway, then harder and harder.
    for (let round = 0; round < ROUNDS && space.pressure !== 'none'; round++) {
      const pressure = round === 0 ? 'none' : space.pressure;
      const plan = await this.retention.plan(pressure);
      if (round > 0 && plan.snapshots.length + plan.moments.length === 0) break;
      await this.#forget(plan, 'the store had no more room');
      forgotten += plan.snapshots.length;
      await this.#collect({ urgent: true });
      space = await this.space();
    }
    if (space.pressure !== 'none') this.#stuckUntil = clock.monotonic() + TRY_AGAIN_MS;
    this.#tell({ ...space, pressure: before.pressure }, forgotten);
  }

  async #forget(
    plan: {
      readonly snapshots: readonly Pick<Expired<SnapshotRecord>, 'snapshot'>[];
      readonly moments: readonly string[];
    },
    reason: string,
  ): Promise<void> {
    const records = plan.snapshots.map(({ snapshot }) => snapshot);
    const ids = [...records.map(({ id }) => id), ...plan.moments];
    if (ids.length === 0) return;
    await this.#options.exclusively(() => this.retention.forget(ids, reason));
    if (records.length > 0) this.#options.onForgotten(records);
  }

  #collect(options: {
    dryRun?: boolean;
    urgent?: boolean;
    without?: ReadonlySet<string>;
    signal?: AbortSignal | undefined;
    progress?: (done: number, total: number) => void;
  }): Promise<GcReport> {
    const { repository, clock, grace, exclusively } = this.#options;
    return collectGarbage(repository, {
      clock,
      grace,
      exclusively,
      forgetMemories: (isLive) => forgetMemories(repository.catalog, isLive),
      ...options,
    });
  }

  #tell(space: Space, forgotten: number): void {
    if (space.pressure === this.#told) return;
    this.#told = space.pressure;
    this.#options.onSpace(space, forgotten);
  }

  /** Its turn comes before the lock: captures that need room must not wait for it. */
  #cleanUpInTurn(): Promise<CleanUp> {
    const what = 'giving up what was kept for its time';
    const operation = { priority: 'scrub', worktree: null, what, background: true } as const;
    return this.#options.operations.run(operation, undefined, () => this.cleanUp({}));
  }

  #arm(): void {
    const { clock, log } = this.#options;
    const wall = clock.now();
    const monotonic = clock.monotonic();
    this.#timer = clock.setTimeout(() => {
      const jumped = Math.abs(clock.now() - wall - (clock.monotonic() - monotonic)) > JUMP_MS;
      this.#hours += 1;
      // A clock that was just set may be wrong, and who comes back from a holiday may want what was
      // there before: nothing grows old until the agent has run for an hour.
      const isDue = !jumped && this.#hours % EVERY_HOURS === 1;
      if (jumped) this.#hours = 0;
      const work = isDue ? this.#cleanUpInTurn() : Promise.resolve(null);
      work
        .then((done) => {
          if (done === null) return;
          const { freedBytes, waitingBytes } = done.garbage;
          log.info('Cleaned up', { snapshots: done.expired.length, freedBytes, waitingBytes });
        })
        .catch((error: unknown) => {
          if (error instanceof BulwarkError && error.reason === 'cancelled') return;
          log.error('Cleaning up failed', { error });
        })
        .finally(() => {
          if (!this.#closed) this.#arm();
        });
    }, HOUR_MS);
  }
}

/** @throws BulwarkError `snapshot-pinned`, naming them */
export function refusePinned(
  records: readonly SnapshotRecord[],
  pins: ReadonlyMap<string, { readonly reason: string }>,
): void {
  const pinned = records.filter(({ id }) => pins.has(id));
  const [first] = pinned;
  if (first === undefined) return;
  const short = first.id.slice(0, 10);
  throw new BulwarkError('snapshot-pinned', `snapshot ${short} is pinned`, {
    hint: `Unpin it first: bulwark unpin ${short}`,
    details: { snapshots: pinned.map(({ id }) => id) },
  });
}
