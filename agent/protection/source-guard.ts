import type { JournalRecord, SnapshotRecord } from '../repository/record';
import type { Clock, Timer } from '../support/clock';
import { BulwarkError, messageOf } from '../support/errors';
import type { Log } from '../support/log';
import type { Operations } from '../support/operations';
import { ChangeSet } from '../worktrees/change-set';
import type { BackedUp, SnapshotOrder } from './backed-up';
import type { Capturer, CaptureRequest, CaptureResult } from './capture/capturer';
import { EVERYTHING, type Seen } from './capture/seen';
import { PacedWork } from './journal/paced-work';
import type { Source } from './source';
import { SourceWatch } from './source-watch';

/** How well the newest snapshot covers what is on disk. */
export type Cover =
  | { readonly kind: 'current' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'capturing' }
  | { readonly kind: 'failing'; readonly message: string }
  | { readonly kind: 'never' };

/** How the journal of a source is doing. */
export interface JournalState {
  /** The newest record since the agent started, or null. */
  readonly last: Pick<JournalRecord, 'at' | 'seen' | 'why'> | null;
  /** Age of the oldest change that is not durable yet, ms; 0 when there is none. */
  readonly behindMs: number;
}

export interface GuardOptions {
  readonly source: Source;
  readonly capturer: Capturer;
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Pick<Operations, 'restoresBeside'>;
  readonly patterns: readonly string[];
  /** Worktrees inside it, absolute: they have guards of their own. */
  readonly inside: readonly string[];
  /** Quiet time after the last change before a snapshot is taken, ms. */
  readonly settleMs: number;
  readonly newest: SnapshotRecord | null;
  /** Cover, watch mode or git state changed. */
  onChange(): void;
  onSnapshot(record: SnapshotRecord): void;
  /** A moment was added to the journal; it is durable. */
  onJournal(record: JournalRecord): void;
  /** A restore begins to change the source, or has ended. */
  onRestoring(begins: boolean): void;
  /** Linked worktrees came or went. */
  onWorktrees(): void;
  /** The folder itself, of which something is kept, is gone, and not by a restore. */
  onLost(): void;
}

/** However busy a worktree is, a snapshot begins this many quiet times after the first change. */
const LONGEST_WAIT = 4;
/** Ms between two scans of everything, in case an event was lost. */
const RECONCILE_MS = 15 * 60_000;
/** Ms until a failed capture is tried again; doubles up to the reconciling scan's. */
const RETRY_MS = 2_000;

/**
 * While another folder is restored, a snapshot that nobody asked for waits this long at most, ms, and
 * is thought of again so often. The journal goes on meanwhile: nothing that was on disk is missed.
 */
const GIVES_WAY_MS = 60_000;
const THINK_AGAIN_MS = 500;

/** From this many changed folders on, everything is compared instead. */
const BURST_FOLDERS = 1_000;
/** A capture of so few changed folders does not wait for long ones. */
const SMALL_FOLDERS = 64;

/** Watches one source, keeps its journal, and snapshots it when its changes settle. */
export class SourceGuard implements BackedUp {
  readonly source: Source;
  readonly #options: GuardOptions;
  readonly #watch: SourceWatch;
  readonly #journal: PacedWork;
  readonly #changes = new ChangeSet();
  /** Why only a scan can tell what changed: the start, lost events …; null where the changes tell. */
  #why: string | null = 'start';
  #gitChanged = false;
  /** Something is in the journal that no snapshot has. */
  #unsaved = false;
  /** When the first change came that no snapshot has, and that nothing durable has; by the monotonic clock. */
  #firstChange: number | null = null;
  #firstUnkept: number | null = null;
  /** The same, of what is being captured just now. */
  #keeping: number | null = null;
  #lastJournal: JournalRecord | null = null;
  #timer: Timer | null = null;
  #reconcile: Timer | null = null;
  #capturing = 0;
  /** A snapshot that nobody asked for is under way. */
  #isSnapping = false;
  #paused = 0;
  /** Why it is not followed, for people; null while it is. */
  #cutOff: string | null = null;
  #failure: string | null = null;
  #failures = 0;
  /** Its folder is not there: nothing in it waits to be kept. */
  #gone = false;
  #newest: SnapshotRecord | null;
  #closed = false;

  constructor(options: GuardOptions) {
    this.source = options.source;
    this.#options = options;
    this.#newest = options.newest;
    this.#journal = new PacedWork({
      run: () => this.#record(),
      rest: 1,
      givesWay: () => options.operations.restoresBeside(this.source.path),
      clock: options.clock,
    });
    this.#watch = new SourceWatch({
      ...options,
      onChange: (changes) => {
        for (const change of changes) this.#changes.add(change);
        this.#changed();
      },
      onGit: ({ worktrees }) => {
        if (worktrees) options.onWorktrees();
        this.#gitChanged = true;
        this.#changed();
      },
      onOverflow: (reason) => {
        if (reason !== 'poll')
          options.log.warn('Scanning instead of watching', { path: this.source.path, reason });
        this.#why = reason;
        this.#changed();
      },
      onGone: () => {
        this.#failed(new BulwarkError('path-missing', `${this.source.path} is gone`));
        if (this.#paused === 0 && this.#newest !== null) options.onLost();
        options.onChange();
      },
    });
  }

  get newest(): SnapshotRecord | null {
    return this.#newest;
  }

  /** The newest snapshot may have been deleted. @param newest the one that is the newest now */
  remember(newest: SnapshotRecord | null): void {
    if (this.#newest?.id === newest?.id) return;
    this.#newest = newest;
    this.#options.onChange();
  }

  get watch(): 'native' | 'polling' | 'off' {
    return this.#watch.mode;
  }

  /** Whether its folder was there when it was last looked at. */
  get isThere(): boolean {
    return !this.#gone;
  }

  get journal(): JournalState {
    const since = this.#gone ? null : (this.#keeping ?? this.#firstUnkept);
    const behindMs = since === null ? 0 : this.#options.clock.monotonic() - since;
    return { last: this.#lastJournal, behindMs };
  }

  get cover(): Cover {
    if (this.#cutOff !== null) return { kind: 'failing', message: this.#cutOff };
    if (this.#failure !== null) return { kind: 'failing', message: this.#failure };
    if (this.#capturing > 0) return { kind: 'capturing' };
    if (this.#newest === null) return { kind: 'never' };
    return this.#unsaved || this.#pending ? { kind: 'pending' } : { kind: 'current' };
  }

  /** Starts to watch; the first snapshot follows at once when `capture` is called. */
  async start(): Promise<void> {
    await this.#watch.start();
    this.#armReconcile();
  }

  /**
   * Takes a snapshot of what is on disk now.
   * @throws BulwarkError `path-missing` when the source is gone …
   */
  async capture(request: SnapshotOrder): Promise<SnapshotRecord> {
    if (!(await this.#watch.settle())) this.#why ??= 'unwatched';
    if ((request.backup ?? 'snapshot') !== 'snapshot') this.#why ??= 'backup';
    return this.#snapshot(request);
  }

  /**
   * Ends watching and the journal until {@link follow}. A snapshot that somebody asks for is still
   * taken, of everything that is there.
   * @param why for people
   */
  async cutOff(why: string): Promise<void> {
    this.#cutOff = why;
    this.#timer?.cancel();
    this.#timer = null;
    this.#firstChange = null;
    this.#firstUnkept = null;
    await this.#watch.close();
    this.#options.onChange();
  }

  /** Ends {@link cutOff}: what happened meanwhile is captured. */
  async follow(): Promise<void> {
    if (this.#cutOff === null || this.#closed) return;
    // Before anybody can take what is known for what is there.
    this.#why = 'unwatched';
    this.#cutOff = null;
    await this.#watch.start().catch(() => undefined);
    this.#changed();
    this.#options.onChange();
  }

  /** Runs `fn` while nothing here captures by itself; afterwards all is looked at again. */
  async paused<T>(fn: () => Promise<T>): Promise<T> {
    this.#paused += 1;
    this.#options.onRestoring(true);
    try {
      return await fn();
    } finally {
      this.#paused -= 1;
      this.#options.onRestoring(false);
      if (!this.#watch.follows && this.#cutOff === null)
        await this.#watch.start().catch(() => undefined);
      this.#why = 'restore';
      this.#changed();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#reconcile?.cancel();
    this.#journal.close();
    await this.#watch.close();
  }

  get #pending(): boolean {
    return this.#changes.size > 0 || this.#gitChanged || this.#why !== null;
  }

  async #snapshot(request: SnapshotOrder): Promise<SnapshotRecord> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#firstChange = null;
    this.#capturing += 1;
    this.#options.onChange();
    try {
      const before = this.#newest?.id;
      const { snapshot } = await this.#run(request);
      if (snapshot === null) throw new RangeError('a capture made no snapshot');
      this.#newest = snapshot;
      this.#unsaved = false;
      if (snapshot.id !== before) this.#options.onSnapshot(snapshot);
      if (this.#pending) this.#changed();
      return snapshot;
    } finally {
      this.#capturing -= 1;
      this.#options.onChange();
    }
  }

  /** Adds what happened to the journal. @returns bytes that it stored */
  async #record(): Promise<number> {
    if (this.#newest === null || this.#paused > 0 || !this.#watch.follows || !this.#pending)
      return 0;
    try {
      const { journal } = await this.#run({ kind: 'journal', label: null, always: false });
      if (journal !== null) this.#unsaved = true;
      return journal?.storedBytes ?? 0;
    } catch (error) {
      this.#options.log.warn('A moment could not be kept', { path: this.source.path, error });
      return 0;
    }
  }

  async #run(request: Omit<CaptureRequest, 'source' | 'seen' | 'small'>): Promise<CaptureResult> {
    try {
      const result = await this.#options.capturer.capture({
        source: this.source,
        seen: () => this.#take(),
        small: this.#why === null && this.#changes.size <= SMALL_FOLDERS,
        ...request,
      });
      this.#failure = null;
      this.#failures = 0;
      this.#gone = false;
      this.#keeping = null;
      if (result.journal !== null) {
        this.#lastJournal = result.journal;
        this.#options.onJournal(result.journal);
      }
      return result;
    } catch (error) {
      // What was seen is not lost with it: the next capture scans.
      this.#why = 'failed';
      this.#firstUnkept = this.#keeping ?? this.#firstUnkept;
      this.#keeping = null;
      if (!(error instanceof BulwarkError && error.reason === 'cancelled')) this.#failed(error);
      throw error;
    }
  }

  /** What is to be looked at; from here on changes count for the next capture. */
  #take(): Seen {
    const changed = this.#changes.take();
    const seen = { git: this.#gitChanged, why: this.#why };
    this.#gitChanged = false;
    this.#why = null;
    this.#keeping = this.#firstUnkept;
    this.#firstUnkept = null;
    if (this.source.kind === 'repository') return EVERYTHING;
    if (seen.why !== null) return { ...seen, changed: null };
    const burst = changed.size > BURST_FOLDERS;
    return burst ? { ...seen, changed: null, why: 'burst' } : { ...seen, changed };
  }

  #changed(): void {
    if (this.#closed || this.#paused > 0 || this.#cutOff !== null) return;
    const now = this.#options.clock.monotonic();
    const first = this.#firstChange === null;
    this.#firstChange ??= now;
    this.#firstUnkept ??= now;
    const { settleMs } = this.#options;
    const left = this.#firstChange + LONGEST_WAIT * settleMs - now;
    this.#arm(Math.max(0, Math.min(settleMs, left)));
    this.#journal.ask();
    if (first) this.#options.onChange();
  }

  #arm(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = null;
      if (this.#paused > 0 || this.#closed || this.#cutOff !== null) return;
      // One after the other: on a machine that is too slow for them they must not pile up.
      if (this.#isSnapping || this.#givesWay) {
        this.#arm(THINK_AGAIN_MS);
        return;
      }
      this.#isSnapping = true;
      this.#snapshot({ kind: 'automatic', label: null, always: false })
        .catch((error: unknown) => {
          this.#options.log.warn('A snapshot failed', { path: this.source.path, error });
        })
        .finally(() => {
          this.#isSnapping = false;
        });
    }, ms);
  }

  /** Whether the next snapshot had better wait for a restore of another folder: the journal has all of it. */
  get #givesWay(): boolean {
    const since = this.#firstChange;
    const isKept = this.#newest !== null && this.#watch.follows && this.#failure === null;
    if (!isKept || since === null) return false;
    if (this.#options.clock.monotonic() - since >= GIVES_WAY_MS) return false;
    return this.#options.operations.restoresBeside(this.source.path);
  }

  #failed(error: unknown): void {
    this.#failure = messageOf(error);
    this.#failures += 1;
    this.#gone = error instanceof BulwarkError && error.reason === 'path-missing';
    if (this.#closed) return;
    this.#arm(Math.min(RECONCILE_MS, RETRY_MS * 2 ** Math.min(this.#failures, 10)));
  }

  #armReconcile(): void {
    this.#reconcile = this.#options.clock.setTimeout(() => {
      this.#why ??= 'reconcile';
      if (!this.#watch.follows && this.source.kind !== 'repository' && this.#cutOff === null)
        this.#watch.start().catch(() => undefined);
      this.#changed();
      this.#armReconcile();
    }, RECONCILE_MS);
  }
}
