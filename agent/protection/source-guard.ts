import type { SnapshotRecord } from '../repository/record';
import type { Clock, Timer } from '../support/clock';
import { BulwarkError, messageOf } from '../support/errors';
import type { Log } from '../support/log';
import { watchTree, type TreeWatch } from '../worktrees/watch';
import { ChangeSet } from '../worktrees/change-set';
import { watchGit, type GitWatch } from '../worktrees/watch-git';
import type { Capturer } from './capture/capturer';
import { regenerableNames } from './capture/regenerable';
import { STAGING_PREFIX } from './restore/staging-name';
import type { Source } from './source';

/** How well the newest snapshot covers what is on disk. */
export type Cover =
  | { readonly kind: 'current' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'capturing' }
  | { readonly kind: 'failing'; readonly message: string }
  | { readonly kind: 'never' };

export interface GuardOptions {
  readonly source: Source;
  readonly capturer: Capturer;
  readonly clock: Clock;
  readonly log: Log;
  readonly patterns: readonly string[];
  /** Worktrees inside it, absolute: they have guards of their own. */
  readonly inside: readonly string[];
  /** Quiet time after the last change before a snapshot is taken, ms. */
  readonly settleMs: number;
  readonly newest: SnapshotRecord | null;
  /** Cover, watch mode or git state changed. */
  onChange(): void;
  onSnapshot(record: SnapshotRecord): void;
  /** Linked worktrees came or went. */
  onWorktrees(): void;
  /** The folder itself is gone, and not by a restore. */
  onLost(newest: SnapshotRecord): void;
}

/** However busy a worktree is, a snapshot begins this many quiet times after the first change. */
const LONGEST_WAIT = 4;
/** Ms between two scans of everything, in case an event was lost. */
const RECONCILE_MS = 15 * 60_000;
/** Ms until a failed capture is tried again; doubles up to the reconciling scan's. */
const RETRY_MS = 2_000;

/** Watches one source and snapshots it when its changes settle. */
export class SourceGuard {
  readonly source: Source;
  readonly #options: GuardOptions;
  readonly #changes = new ChangeSet();
  /** Set when only a scan can tell what changed: at the start, and after lost events. */
  #scan = true;
  #gitChanged = false;
  #firstChange: number | null = null;
  #timer: Timer | null = null;
  #reconcile: Timer | null = null;
  #tree: TreeWatch | null = null;
  #git: GitWatch | null = null;
  #capturing = 0;
  #paused = 0;
  #failure: string | null = null;
  #failures = 0;
  #newest: SnapshotRecord | null;
  #closed = false;

  constructor(options: GuardOptions) {
    this.source = options.source;
    this.#options = options;
    this.#newest = options.newest;
  }

  get newest(): SnapshotRecord | null {
    return this.#newest;
  }

  get watch(): 'native' | 'polling' | 'off' {
    if (this.source.kind === 'repository') return this.#git?.mode ?? 'off';
    return this.#tree?.mode ?? 'off';
  }

  get cover(): Cover {
    if (this.#failure !== null) return { kind: 'failing', message: this.#failure };
    if (this.#capturing > 0) return { kind: 'capturing' };
    if (this.#newest === null) return { kind: 'never' };
    return this.#changes.size > 0 || this.#gitChanged || this.#scan
      ? { kind: 'pending' }
      : { kind: 'current' };
  }

  /** Starts to watch; the first snapshot follows at once when `capture` is called. */
  async start(): Promise<void> {
    await this.#watch();
    this.#armReconcile();
  }

  /**
   * Takes a snapshot of what is on disk now.
   * @throws BulwarkError `path-missing` when the source is gone …
   */
  async capture(request: {
    kind: SnapshotRecord['kind'];
    label: string | null;
    always: boolean;
    signal?: AbortSignal | undefined;
    onProgress?: (bytes: number) => void;
  }): Promise<SnapshotRecord> {
    const told = (await this.#tree?.settle()) ?? false;
    await this.#git?.settle();
    const seen = this.#changes.take();
    const changed = told && !this.#scan ? seen : null;
    this.#timer?.cancel();
    this.#timer = null;
    this.#firstChange = null;
    this.#scan = false;
    this.#gitChanged = false;
    this.#capturing += 1;
    this.#options.onChange();
    try {
      const before = this.#newest?.id;
      const record = await this.#options.capturer.capture({
        source: this.source,
        changed: this.source.kind === 'repository' ? null : changed,
        ...request,
      });
      this.#newest = record;
      this.#failure = null;
      this.#failures = 0;
      if (record.id !== before) this.#options.onSnapshot(record);
      return record;
    } catch (error) {
      // What was seen is not lost with it: the next capture scans.
      this.#scan = true;
      if (!(error instanceof BulwarkError && error.reason === 'cancelled')) this.#failed(error);
      throw error;
    } finally {
      this.#capturing -= 1;
      this.#options.onChange();
    }
  }

  /** Runs `fn` while nothing here captures by itself; afterwards all is looked at again. */
  async paused<T>(fn: () => Promise<T>): Promise<T> {
    this.#paused += 1;
    try {
      return await fn();
    } finally {
      this.#paused -= 1;
      this.#scan = true;
      if (this.#tree === null) await this.#watch().catch(() => undefined);
      this.#changed();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#reconcile?.cancel();
    await this.#tree?.close();
    await this.#git?.close();
  }

  async #watch(): Promise<void> {
    const { clock, log, patterns, inside } = this.#options;
    if (this.source.kind === 'worktree') {
      const { gitDir, commonDir } = this.source.worktree;
      this.#git ??= await watchGit({
        worktree: { gitDir, commonDir },
        onChange: ({ worktrees }) => {
          if (worktrees) this.#options.onWorktrees();
          this.#gitChanged = true;
          this.#changed();
        },
        clock,
        log,
      });
    }
    if (this.source.kind === 'repository') return;
    this.#tree = await watchTree({
      root: this.source.path,
      ignore: [
        '.git',
        `**/${STAGING_PREFIX}*`,
        ...regenerableNames().map((name) => `**/${name}`),
        ...patterns,
        ...inside,
      ],
      onChange: (changes) => {
        for (const change of changes) this.#changes.add(change);
        this.#changed();
      },
      onOverflow: (reason) => {
        if (reason !== 'poll')
          log.warn('Scanning instead of watching', { path: this.source.path, reason });
        this.#scan = true;
        this.#changed();
      },
      onRootGone: () => {
        void this.#tree?.close();
        this.#tree = null;
        this.#failed(new BulwarkError('path-missing', `${this.source.path} is gone`));
        if (this.#paused === 0 && this.#newest !== null) this.#options.onLost(this.#newest);
        this.#options.onChange();
      },
      clock,
      log,
    });
  }

  #changed(): void {
    if (this.#closed || this.#paused > 0) return;
    const now = this.#options.clock.monotonic();
    const first = this.#firstChange === null;
    this.#firstChange ??= now;
    const { settleMs } = this.#options;
    const left = this.#firstChange + LONGEST_WAIT * settleMs - now;
    this.#arm(Math.max(0, Math.min(settleMs, left)));
    if (first) this.#options.onChange();
  }

  #arm(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = null;
      if (this.#paused > 0 || this.#closed) return;
      this.capture({ kind: 'automatic', label: null, always: false }).catch((error: unknown) => {
        this.#options.log.warn('A snapshot failed', { path: this.source.path, error });
      });
    }, ms);
  }

  #failed(error: unknown): void {
    this.#failure = messageOf(error);
    this.#failures += 1;
    if (this.#closed) return;
    this.#arm(Math.min(RECONCILE_MS, RETRY_MS * 2 ** Math.min(this.#failures, 10)));
  }

  #armReconcile(): void {
    this.#reconcile = this.#options.clock.setTimeout(() => {
      this.#scan = true;
      if (this.#tree === null && this.source.kind !== 'repository')
        this.#watch().catch(() => undefined);
      this.#changed();
      this.#armReconcile();
    }, RECONCILE_MS);
  }
}
