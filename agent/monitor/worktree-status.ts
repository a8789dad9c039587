import type { Clock, Timer } from '../support/clock';
import { Emitter } from '../support/emitter';
import type { Log } from '../support/log';
import { Mutex } from '../support/mutex';
import type { Git } from '../worktrees/git';
import { readStatus, type WorktreeStatus } from '../worktrees/status';
import type { Worktree } from '../worktrees/worktree';

export type { WorktreeStatus };

/** A worktree under the id that its owner knows it by. */
export interface ObservedWorktree {
  readonly id: string;
  readonly worktree: Worktree;
}

/** Ms between two looks at the same worktree; `git status` of a large one costs 100 ms and more. */
const FLOOR_MS = 1_000;

interface Item {
  worktree: Worktree;
  /** Reads that wait for git: whoever asks meanwhile has their answer, so that no more than two ever wait. */
  ahead: Promise<WorktreeStatus | null> | null;
  behind: Promise<WorktreeStatus | null> | null;
  status: WorktreeStatus | null;
  askedAt: number;
  readAt: number;
  timer: Timer | null;
}

/** How git sees each worktree, read again after events and never more often than a floor. */
export class WorktreeStatuses {
  /** The id of a worktree whose state is another than before. */
  readonly onChange = new Emitter<string>();
  readonly #git: Git;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #items = new Map<string, Item>();
  /** One call of git at a time, over all worktrees. */
  readonly #reading = new Mutex();
  #closed = false;

  constructor(options: { git: Git; clock: Clock; log: Log }) {
    this.#git = options.git;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** What was last read, null before that. */
  last(source: string): WorktreeStatus | null {
    return this.#items.get(source)?.status ?? null;
  }

  /** When git was asked for {@link last}, by the monotonic clock. */
  askedAt(source: string): number {
    return this.#items.get(source)?.askedAt ?? 0;
  }

  /** Reads it now, whatever the floor, and before those that nobody waits for. */
  read(observed: ObservedWorktree): Promise<WorktreeStatus | null> {
    const item = this.#item(observed);
    item.ahead ??= this.#read(observed.id, item, 'ahead');
    return item.ahead;
  }

  async #read(id: string, item: Item, order: 'ahead' | 'behind'): Promise<WorktreeStatus | null> {
    try {
      let askedAt = 0;
      const status = await this.#reading.run(() => {
        // Who asks from now on may mean what happens from now on.
        item[order] = null;
        askedAt = this.#clock.monotonic();
        return readStatus(this.#git, item.worktree);
      }, order === 'ahead');
      item.askedAt = askedAt;
      item.readAt = this.#clock.monotonic();
      const changed = JSON.stringify(status) !== JSON.stringify(item.status);
      item.status = status;
      if (changed && !this.#closed) this.onChange.emit(id);
      return status;
    } catch (error) {
      this.#log.warn('The state of a worktree cannot be read', {
        path: item.worktree.path,
        error,
      });
      return item.status;
    }
  }

  /** Something changed there: read it again soon. */
  stale(observed: ObservedWorktree): void {
    if (this.#closed) return;
    const item = this.#item(observed);
    if (item.timer !== null) return;
    const wait = Math.max(0, item.readAt + FLOOR_MS - this.#clock.monotonic());
    item.timer = this.#clock.setTimeout(() => {
      item.timer = null;
      if (item.ahead === null) item.behind ??= this.#read(observed.id, item, 'behind');
    }, wait);
  }

  forget(source: string): void {
    this.#items.get(source)?.timer?.cancel();
    this.#items.delete(source);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#items.values()) timer?.cancel();
  }

  #item({ id, worktree }: ObservedWorktree): Item {
    let item = this.#items.get(id);
    if (item === undefined) {
      item = {
        worktree,
        ahead: null,
        behind: null,
        status: null,
        askedAt: 0,
        readAt: Number.NEGATIVE_INFINITY,
        timer: null,
      };
      this.#items.set(id, item);
    }
    item.worktree = worktree;
    return item;
  }
}
