import type { Clock, Timer } from '../../support/clock';
import { BulwarkError, fileError, throwIfAborted } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import type { Operations } from '../../support/operations';
import type { Mirror, MirrorReport, MirrorWork } from './mirror';
import type { ReplicaEntry, ReplicaList } from './replica-list';

/** How a replica is doing. */
export type ReplicaState =
  | { readonly kind: 'current' }
  /** It has not been looked at since the agent started, or something waits to be copied. */
  | { readonly kind: 'behind' }
  | { readonly kind: 'copying' }
  /** Its disk is not there. */
  | { readonly kind: 'away' }
  | { readonly kind: 'failing'; readonly reason: BulwarkError['reason']; readonly message: string };

/** Ms until a replica that could not be reached is tried again; doubles up to the longest. */
const RETRY_MS = 15_000;
const RETRY_LONGEST_MS = 15 * 60_000;
/** How long a dropped pack stays on a replica, ms, and how often that must have been synced meanwhile. */
const GRACE_MS = 24 * 60 * 60_000;
const GRACE_SYNCS = 3;

/** Keeps one mirror up to date: when it is told to, and again later when that failed. */
export class MirrorKeeper {
  readonly entry: ReplicaEntry;
  readonly mirror: Mirror;
  readonly #list: ReplicaList;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #operations: Operations;
  readonly #beforeSync: () => Promise<void>;
  readonly #onSynced: () => void;
  readonly #mutex = new Mutex();
  readonly #end = new AbortController();
  #state: ReplicaState = { kind: 'behind' };
  #syncedAt: number | null = null;
  #verified: { readonly at: number; readonly report: MirrorReport } | null = null;
  #failures = 0;
  #retry: Timer | null = null;
  #asked = false;

  constructor(options: {
    entry: ReplicaEntry;
    mirror: Mirror;
    list: ReplicaList;
    clock: Clock;
    log: Log;
    operations: Operations;
    /** Makes what is to be copied ready. */
    beforeSync: () => Promise<void>;
    /** Told each time it is up to date. */
    onSynced: () => void;
  }) {
    this.entry = options.entry;
    this.mirror = options.mirror;
    this.#list = options.list;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#operations = options.operations;
    this.#beforeSync = options.beforeSync;
    this.#onSynced = options.onSynced;
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** When it was last brought up to date, ms since 1970; null since the agent started. */
  get syncedAt(): number | null {
    return this.#syncedAt;
  }

  get verified(): { readonly at: number; readonly report: MirrorReport } | null {
    return this.#verified;
  }

  /** Tells that there is something new to copy, soon. */
  stale(): void {
    if (this.#state.kind === 'current') this.#state = { kind: 'behind' };
  }

  /** Brings it up to date in the background; whoever asks meanwhile is served by the same run. */
  syncSoon(): void {
    if (this.#asked || this.#end.signal.aborted) return;
    this.#asked = true;
    const { signal } = this.#end;
    const what = `bringing ${this.entry.path} up to date`;
    const operation = { priority: 'backup', worktree: null, what, background: true } as const;
    const syncing = this.#operations.run(operation, signal, () => this.sync({ signal }));
    syncing.catch((error: unknown) => {
      const isOver = error instanceof BulwarkError && error.reason === 'cancelled';
      if (!isOver) this.#log.warn('A replica is not up to date', { path: this.entry.path, error });
    });
  }

  /**
   * Brings it up to date.
   * @throws BulwarkError `path-missing` (not plugged in), `replica-refused`, `disk-full`, `permission-denied`, `cancelled`
   */
  sync(work: MirrorWork): Promise<void> {
    return this.#mutex.run(async () => {
      this.#asked = false;
      this.#retry?.cancel();
      throwIfAborted(this.#end.signal);
      this.#state = { kind: 'copying' };
      const signal = this.#either(work.signal);
      try {
        await this.#beforeSync();
        const update = await this.mirror.bringUpToDate(this.#overdue(), { ...work, signal });
        await this.#list.synced(this.entry.id, update.removed);
        if (update.unreadable.length > 0) throw unreadable(update.unreadable);
        this.#failures = 0;
        this.#syncedAt = this.#clock.now();
        // What came meanwhile asks again.
        this.#state = this.#isAsked() ? { kind: 'behind' } : { kind: 'current' };
        this.#onSynced();
      } catch (error) {
        throw this.#failed(error);
      }
    });
  }

  /** Reads everything back. @throws BulwarkError as {@link sync} */
  verify(work: MirrorWork): Promise<MirrorReport> {
    return this.#mutex.run(async () => {
      const report = await this.mirror.verify({ ...work, signal: this.#either(work.signal) });
      this.#verified = { at: this.#clock.now(), report };
      return report;
    });
  }

  /** Ends what runs and waits for it. */
  async close(): Promise<void> {
    this.#end.abort();
    this.#retry?.cancel();
    await this.#mutex.run(() => undefined);
  }

  #isAsked(): boolean {
    return this.#asked;
  }

  /** Packs that the store gave up so long ago that this replica may, too. */
  #overdue(): string[] {
    const now = this.#clock.now();
    return this.#list.dropped.flatMap(({ pack, at, waiting }) => {
      const syncs = waiting[this.entry.id];
      return syncs !== undefined && syncs >= GRACE_SYNCS && now - at >= GRACE_MS ? [pack] : [];
    });
  }

  #failed(error: unknown): BulwarkError {
    const failure = fileError(error, this.entry.path);
    const { reason, message } = failure;
    if (reason === 'cancelled') {
      this.#state = { kind: 'behind' };
      return failure;
    }
    this.#state =
      reason === 'path-missing' ? { kind: 'away' } : { kind: 'failing', reason, message };
    const wait = Math.min(RETRY_LONGEST_MS, RETRY_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#retry = this.#clock.setTimeout(() => {
      this.syncSoon();
    }, wait);
    return failure;
  }

  #either(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#end.signal : AbortSignal.any([signal, this.#end.signal]);
  }
}

function unreadable(packs: readonly string[]): BulwarkError {
  return new BulwarkError(
    'pack-damaged',
    `${String(packs.length)} packs of the store cannot be read whole and were not copied`,
    { hint: 'See what is damaged with: bulwark verify', details: { packs } },
  );
}
