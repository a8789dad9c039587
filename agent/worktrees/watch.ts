import type { Clock, Timer } from '../support/clock';
import { messageOf } from '../support/errors';
import type { Log } from '../support/log';
import { displayName } from '../support/names';
import { ChangeSet } from './change-set';
import { requireFolder } from './locate';
import { FolderWatches } from './watch-folders';
import { RecursiveWatch } from './watch-recursive';
import { ignoring, type Change, type WatchBackend, type WatchFailure } from './watch-target';

/** Why the owner must scan the whole tree. */
export type OverflowReason =
  /**
   * So much happened at once that some of it may not have been told. The system
   * has one queue for the whole process, so other trees may have lost something too.
   */
  | 'missed'
  /** Watching was broken off and begun anew. */
  | 'restarted'
  /** The user's allowance of watches is used up: polling from now on. */
  | 'watches-exhausted'
  /** The tree has more folders than may be watched: polling from now on. */
  | 'too-many-folders'
  /** Watching does not work here: polling from now on. */
  | 'unsupported'
  /** The next turn of polling. */
  | 'poll';

export interface TreeWatchOptions {
  readonly root: string;
  /** Absolute paths (with all below them), or globs relative to the root. */
  readonly ignore: readonly string[];
  /** Gathered for some tens of milliseconds; a `subtree` covers all that is below it. */
  onChange(changes: readonly Change[]): void;
  /** Also called once whenever the mode falls back to polling. */
  onOverflow(reason: OverflowReason): void;
  /** The root is gone or was replaced; nothing more will be told. */
  onRootGone(): void;
  readonly clock: Clock;
  readonly log: Log;
  readonly coalesceMs?: number;
  readonly pollMs?: number;
  readonly maxFolders?: number;
  /** `folders`: one watch a folder (Linux). `recursive`: the system's own (macOS, Windows). */
  readonly backend?: 'folders' | 'recursive';
}

export interface TreeWatch {
  /** `polling`: nothing is told by the system; the owner scans at each `onOverflow('poll')`. */
  readonly mode: 'native' | 'polling';
  /**
   * Tells at once what was gathered. True when everything that happened before
   * the call has been told; false when only a scan can say.
   */
  settle(): Promise<boolean>;
  close(): Promise<void>;
}

const COALESCE_MS = 50;
const POLL_MS = 10_000;
const MAX_FOLDERS = 65_536;
const RESTARTS = 3;
const RESTART_WINDOW_MS = 60_000;

/**
 * Tells which folders of a tree change. Reads only. Where the system cannot
 * watch (no watches left, no native part), it falls back to polling and says so.
 * @throws BulwarkError path-missing, path-unreadable, not-a-directory
 */
export async function watchTree(options: TreeWatchOptions): Promise<TreeWatch> {
  const root = await requireFolder(options.root);
  const watch = new Watching({ ...options, root });
  await watch.start();
  return watch;
}

class Watching implements TreeWatch {
  readonly #options: TreeWatchOptions;
  readonly #changes = new ChangeSet();
  /** Times of the last restarts, by the monotonic clock. */
  #restarts: number[] = [];
  #backend: WatchBackend | null = null;
  #flushTimer: Timer | null = null;
  #pollTimer: Timer | null = null;
  #mode: 'native' | 'polling' = 'native';
  #closed = false;
  /** Restarts and fall-backs run one after another. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: TreeWatchOptions) {
    this.#options = options;
  }

  get mode(): 'native' | 'polling' {
    return this.#mode;
  }

  async start(): Promise<void> {
    await this.#open();
    // A start that fails goes on to a restart or to polling, each as further work.
    for (let work; work !== this.#work;) {
      work = this.#work;
      await work;
    }
  }

  async settle(): Promise<boolean> {
    await this.#work;
    const complete = (await this.#backend?.settle()) ?? false;
    this.#flush();
    return complete && this.#mode === 'native' && !this.#closed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#flushTimer?.cancel();
    this.#pollTimer?.cancel();
    await this.#work;
    await this.#backend?.close();
    this.#backend = null;
  }

  async #open(): Promise<void> {
    const { root, ignore, log } = this.#options;
    const ignored = ignoring(root, ignore);
    let current = true;
    // A backend that was given up must not speak for the one that follows it.
    const whileCurrent =
      <A extends readonly unknown[]>(fn: (...args: A) => void) =>
      (...args: A): void => {
        if (current && !this.#closed) fn(...args);
      };
    const sink = {
      change: whileCurrent((change: Change) => this.#add(change)),
      missed: whileCurrent(() => this.#options.onOverflow('missed')),
      rootGone: whileCurrent(() => {
        current = false;
        this.#rootGone();
      }),
      failed: whileCurrent((failure: WatchFailure) => {
        current = false;
        this.#enqueue(() => this.#recover(failure));
      }),
    };
    try {
      this.#backend =
        this.#kind() === 'folders'
          ? await FolderWatches.start({
              root,
              ignored,
              sink,
              log,
              maxFolders: this.#options.maxFolders ?? MAX_FOLDERS,
            })
          : await RecursiveWatch.start({
              root,
              ignored,
              ignore,
              sink,
            });
    } catch (error) {
      sink.failed({ kind: 'broken', error });
    }
  }

  #kind(): 'folders' | 'recursive' {
    const recursive = process.platform === 'darwin' || process.platform === 'win32';
    return this.#options.backend ?? (recursive ? 'recursive' : 'folders');
  }

  #add(change: Change): void {
    this.#changes.add(change);
    const { clock, coalesceMs = COALESCE_MS } = this.#options;
    this.#flushTimer ??= clock.setTimeout(() => this.#flush(), coalesceMs);
  }

  #flush(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = null;
    if (this.#changes.size === 0 || this.#closed) return;
    this.#options.onChange(
      [...this.#changes.take()].map(([path, extent]) => ({ path, ...extent })),
    );
  }

  async #recover(failure: WatchFailure): Promise<void> {
    await this.#backend?.close();
    this.#backend = null;
    if (this.#closed) return;
    switch (failure.kind) {
      case 'exhausted':
        this.#poll('watches-exhausted');
        return;
      case 'too-many-folders':
        this.#poll('too-many-folders');
        return;
      case 'broken':
        await this.#restart(failure.error);
    }
  }

  /** A watcher that lost events is begun anew; one that keeps breaking is given up. */
  async #restart(error: unknown): Promise<void> {
    const { root, clock, log } = this.#options;
    log.warn('watching broke', { root: displayName(root), error: messageOf(error) });
    try {
      await requireFolder(root);
    } catch {
      this.#rootGone();
      return;
    }
    const now = clock.monotonic();
    this.#restarts = this.#restarts.filter((at) => now - at < RESTART_WINDOW_MS);
    if (this.#restarts.length >= RESTARTS) {
      this.#poll('unsupported');
      return;
    }
    this.#restarts.push(now);
    await this.#open();
    if (this.#backend !== null && !this.#closed) this.#options.onOverflow('restarted');
  }

  #poll(reason: OverflowReason): void {
    const { root, log } = this.#options;
    log.warn('polling instead of watching', { root: displayName(root), reason });
    this.#mode = 'polling';
    this.#options.onOverflow(reason);
    this.#armPoll();
  }

  #armPoll(): void {
    const { clock, pollMs = POLL_MS } = this.#options;
    this.#pollTimer = clock.setTimeout(() => this.#enqueue(() => this.#pollOnce()), pollMs);
  }

  async #pollOnce(): Promise<void> {
    try {
      await requireFolder(this.#options.root);
    } catch {
      this.#rootGone();
      return;
    }
    if (this.#closed) return;
    this.#options.onOverflow('poll');
    this.#armPoll();
  }

  #rootGone(): void {
    if (this.#closed) return;
    this.#flush();
    void this.close();
    this.#options.onRootGone();
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#options.log.error('a watch listener threw', { error: messageOf(error) });
    });
  }
}
