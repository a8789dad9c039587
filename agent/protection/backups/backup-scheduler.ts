import type { BackupKind, SnapshotRecord } from '../../repository/record';
import type { Clock, Timer } from '../../support/clock';
import { messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { LONGEST_HOLD_MS } from '../../support/operations';
import { nextRun, SCHEDULED_KINDS, type ScheduledKind, type Schedules } from './schedules';

/** A source that backups are scheduled for. */
export interface Scheduled {
  readonly id: string;
  readonly path: string;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly schedules: Schedules;
  /** The machine's own unless given. */
  readonly timezone?: string;
  /** All snapshots there are, for the times of the last backups. */
  snapshots(): AsyncIterable<Pick<SnapshotRecord, 'source' | 'sequence' | 'backup' | 'createdAt'>>;
  /** What can be backed up now. */
  sources(): readonly Scheduled[];
  /** Takes a backup until it is proven. */
  run(source: Scheduled, kind: ScheduledKind): Promise<SnapshotRecord>;
  /** Why a backup had better begin later, for people; null where nothing is against it. */
  heldBy(source: Scheduled): string | null;
  /** Told when a backup failed that had not failed before. */
  onFailure(source: Scheduled, kind: ScheduledKind, message: string): void;
}

/** When a kind of backup ran last and runs next, ms since 1970. */
export interface ScheduleState {
  readonly kind: ScheduledKind;
  readonly pattern: string | null;
  /** The last one of any source. */
  readonly last: number | null;
  /** The next one of any source. */
  readonly next: number | null;
  /** Why one that is due has not begun, for people; null where none waits. */
  readonly heldBy: string | null;
}

/** Longest time between two looks at the wall clock, which jumps and sleeps, ms. */
const LOOK_MS = 15 * 60_000;
/** A timer that comes later than this has slept through something, ms. */
const LATE_MS = 60_000;
/** After sleep the machine has better things to do first, ms. */
const WAKE_MS = 30_000;
/** A backup that failed is tried again after this, and then after twice as long …, ms. */
const RETRY_MS = 15 * 60_000;
const LONGEST_RETRY_MS = 6 * 3_600_000;

/** A backup that waits for a better moment is thought of again after this, ms. */
const HELD_LOOK_MS = 60_000;
/** One that was due so long ago waits for none: an agent that is started often must not begin to wait anew each time. Ms. */
const LATE_BY_MS = 24 * 3_600_000;

/** When a backup was taken. */
interface Taken {
  readonly sequence: number;
  /** Ms since 1970. */
  at: number;
}

/** A backup that is due and waits for a better moment. */
export interface HeldBackup {
  readonly source: Scheduled;
  readonly kind: ScheduledKind;
  /** For people. */
  readonly why: string;
  /** How long it has waited, ms. */
  readonly heldMs: number;
}

/** Why a backup waits, and since when, by the monotonic clock. */
interface Held extends Omit<HeldBackup, 'heldMs'> {
  readonly since: number;
}

interface Failure {
  readonly times: number;
  /** Monotonic, ms. */
  readonly retryAt: number;
}

/**
 * Runs backups at their times. What was due while the machine slept or no agent ran is made up once:
 * whether it is due is told by the newest backup of that kind in the store, not by a timer.
 */
export class BackupScheduler {
  readonly #options: SchedulerOptions;
  /** By kind and source. */
  readonly #last = new Map<string, Taken>();
  /** When each source was first backed up: schedules count from there. */
  readonly #first = new Map<string, Taken>();
  readonly #failures = new Map<string, Failure>();
  /** Those that are due and wait for a better moment. */
  readonly #held = new Map<string, Held>();
  #timer: Timer | null = null;
  #expected = 0;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    for await (const record of this.#options.snapshots()) this.note(record);
    this.#arm(WAKE_MS);
  }

  /** A snapshot was taken. */
  note(record: Pick<SnapshotRecord, 'source' | 'sequence' | 'backup' | 'createdAt'>): void {
    const { sequence, createdAt: at, source, backup } = record;
    const key = keyOf(backup, source.id);
    if ((this.#last.get(key)?.sequence ?? 0) < sequence) this.#last.set(key, { sequence, at });
    const first = this.#first.get(source.id);
    if (first === undefined || first.sequence > sequence)
      this.#first.set(source.id, { sequence, at });
  }

  states(): ScheduleState[] {
    const sources = this.#options.sources();
    return SCHEDULED_KINDS.map((kind) => {
      const lasts = sources.flatMap(({ id }) => this.#last.get(keyOf(kind, id))?.at ?? []);
      const nexts = sources.flatMap(({ id }) => this.#due(kind, id) ?? []);
      return {
        kind,
        pattern: this.#options.schedules[kind],
        last: lasts.length === 0 ? null : Math.max(...lasts),
        next: nexts.length === 0 ? null : Math.min(...nexts),
        heldBy:
          sources.flatMap(({ id }) => this.#held.get(keyOf(kind, id))?.why ?? []).at(0) ?? null,
      };
    });
  }

  /** Those that are due and wait for a better moment. */
  get held(): HeldBackup[] {
    const now = this.#options.clock.monotonic();
    const present = new Set(this.#options.sources().map(({ id }) => id));
    return [...this.#held.values()]
      .filter(({ source }) => present.has(source.id))
      .map(({ since, ...held }) => ({ ...held, heldMs: now - since }));
  }

  /** Stops, and waits for a backup that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  #arm(ms: number): void {
    const { clock } = this.#options;
    if (this.#closed) return;
    this.#expected = clock.now() + ms;
    this.#timer = clock.setTimeout(() => {
      const late = Math.abs(clock.now() - this.#expected) > LATE_MS;
      if (late) this.#arm(WAKE_MS);
      else this.#looking = this.#look();
    }, ms);
  }

  async #look(): Promise<void> {
    const { log } = this.#options;
    try {
      for (const kind of SCHEDULED_KINDS)
        for (const source of this.#options.sources())
          if (!this.#closed && this.#isDue(kind, source.id) && !this.#isHeld(kind, source))
            await this.#run(source, kind);
    } catch (error) {
      log.error('The schedule of backups failed', { error });
    }
    const waits = SCHEDULED_KINDS.flatMap((kind) =>
      this.#options.sources().map(({ id }) => this.#waitFor(kind, id)),
    );
    this.#arm(Math.max(1000, Math.min(LOOK_MS, ...waits)));
  }

  #isDue(kind: ScheduledKind, source: string): boolean {
    const { clock } = this.#options;
    const due = this.#due(kind, source);
    if (due === null || due > clock.now()) return false;
    const failure = this.#failures.get(keyOf(kind, source));
    return failure === undefined || failure.retryAt <= clock.monotonic();
  }

  /** Whether a backup that is due waits for a better moment. */
  #isHeld(kind: ScheduledKind, source: Scheduled): boolean {
    const { clock, log } = this.#options;
    const key = keyOf(kind, source.id);
    const before = this.#held.get(key);
    const since = before?.since ?? clock.monotonic();
    const late = clock.now() - (this.#due(kind, source.id) ?? clock.now());
    const why = this.#options.heldBy(source);
    if (why === null || late >= LATE_BY_MS || clock.monotonic() - since >= LONGEST_HOLD_MS) {
      this.#held.delete(key);
      return false;
    }
    if (before === undefined) log.info('A backup waits', { path: source.path, kind, why });
    this.#held.set(key, { source, kind, since, why });
    return true;
  }

  /** Ms until a backup is to be looked at again. */
  #waitFor(kind: ScheduledKind, source: string): number {
    const { clock } = this.#options;
    const failure = this.#failures.get(keyOf(kind, source));
    if (failure !== undefined) return failure.retryAt - clock.monotonic();
    if (this.#held.has(keyOf(kind, source))) return HELD_LOOK_MS;
    return (this.#due(kind, source) ?? Number.MAX_SAFE_INTEGER) - clock.now();
  }

  /** When a source's next backup of a kind is due, ms since 1970; null for never. */
  #due(kind: ScheduledKind, source: string): number | null {
    const { schedules, clock, timezone } = this.#options;
    const pattern = schedules[kind];
    const last = this.#last.get(keyOf(kind, source)) ?? this.#first.get(source);
    if (pattern === null || last === undefined) return null;
    // Where the clock was set back, the last one lies in the future: it counts from now.
    if (last.at > clock.now()) last.at = clock.now();
    return nextRun(pattern, last.at, timezone);
  }

  async #run(source: Scheduled, kind: ScheduledKind): Promise<void> {
    const { clock, log } = this.#options;
    const key = keyOf(kind, source.id);
    try {
      this.note(await this.#options.run(source, kind));
      this.#failures.delete(key);
    } catch (error) {
      const times = (this.#failures.get(key)?.times ?? 0) + 1;
      const wait = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** (times - 1));
      this.#failures.set(key, { times, retryAt: clock.monotonic() + wait });
      log.warn('A scheduled backup failed', { path: source.path, kind, error });
      if (times === 1) this.#options.onFailure(source, kind, messageOf(error));
    }
  }
}

function keyOf(kind: BackupKind, source: string): string {
  return `${kind} ${source}`;
}
