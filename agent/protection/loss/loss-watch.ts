import type { JournalRecord } from '../../repository/record';
import type { Clock, Timer } from '../../support/clock';
import type { WorktreeStatus } from '../../worktrees/status';
import { DELETED_WITHIN_MS, MANY_DELETIONS, type LossKind } from './loss';

/** That something may have been lost. */
export interface Suspicion {
  /** The strongest first. */
  readonly kinds: readonly LossKind[];
  /** Sequence of a state from before it. */
  readonly since: number;
  /** Of `reverted`: when git called the worktree clean, ms since 1970; what was written later is newer work. */
  readonly cleanAt: number | null;
}

/** Ms without further signs after which a loss is looked at as a whole. */
const QUIET_MS = 600;
/** However long files keep disappearing, this many ms after the first sign it is looked at. */
const LONGEST_MS = 10_000;
/** After a restore git's status may still be that of before, ms. */
const RESTORE_ECHO_MS = 3_000;

/** From the weakest sign of a loss to the strongest. */
const STRENGTH: readonly LossKind[] = ['stash', 'reverted', 'deleted', 'git', 'folder'];

interface SeenStatus {
  readonly status: WorktreeStatus;
  /** The newest state when git was asked. */
  readonly sequence: number;
}

/** That git called a worktree clean. */
export interface SeenClean {
  /** The commit that it was at. */
  readonly head: string;
  /** The newest state when git was asked; what was on disk may have been newer. */
  readonly sequence: number;
}

/** Moments that are remembered, to tell which was the newest when git was asked. */
const REMEMBERED = 64;

/** Reads the signs of a loss in one source, and tells once when they are over. */
export class LossWatch {
  readonly #clock: Clock;
  readonly #onSuspicion: (suspicion: Suspicion) => void;
  #deletions: { at: number; files: number; before: number }[] = [];
  #status: SeenStatus | null = null;
  #clean: SeenClean | null = null;
  #suspicion: Suspicion | null = null;
  #firstSign = 0;
  #timer: Timer | null = null;
  /** States up to this one were looked at, or are of a restore. */
  #settled = 0;
  #restoredAt = Number.NEGATIVE_INFINITY;
  #restoring = false;
  readonly #moments: { at: number; sequence: number; before: number }[] = [];

  constructor(clock: Clock, onSuspicion: (suspicion: Suspicion) => void) {
    this.#clock = clock;
    this.#onSuspicion = onSuspicion;
  }

  /** What git said last. */
  get status(): WorktreeStatus | null {
    return this.#status?.status ?? null;
  }

  /** When git last called the worktree clean; null when it never did. */
  get clean(): SeenClean | null {
    return this.#clean;
  }

  /** Takes a moment of the journal. @param before sequence of the state before it */
  moment(record: JournalRecord, before: number): void {
    if (record.why === 'restore') {
      this.restored(record.sequence);
      return;
    }
    if (this.#restoring) return;
    const now = this.#clock.monotonic();
    this.#moments.push({ at: now, sequence: record.sequence, before });
    if (this.#moments.length > REMEMBERED) this.#moments.shift();
    const files = record.counts.deleted;
    // What happened while no agent ran is no command that somebody has just typed.
    if (files === 0 || record.why === 'start') return;
    this.#forgetDeletions(now);
    this.#deletions.push({ at: now, files, before });
    const sum = this.#deletions.reduce((total, deletion) => total + deletion.files, 0);
    if (sum >= MANY_DELETIONS || this.#suspicion !== null)
      this.suspect('deleted', this.#deletions[0]?.before ?? before);
  }

  /**
   * Takes what git says.
   * @param askedAt when it was asked, by the monotonic clock
   * @param newest sequence of the newest state of all
   */
  observe(status: WorktreeStatus, askedAt: number, newest: number): void {
    if (this.#restoring || askedAt - this.#restoredAt < RESTORE_ECHO_MS) return;
    const was = this.#status;
    this.#status = { status, sequence: this.#newestAt(askedAt) ?? newest };
    if (status.state === 'clean' && status.head !== null)
      this.#clean = { head: status.head, sequence: this.#status.sequence };
    if (was === null) return;
    if (isReadable(was.status) && status.state === 'unreadable') this.suspect('git', was.sequence);
    else if (isDirty(was.status) && status.state === 'clean')
      this.suspect('reverted', was.sequence, this.#wallTime(askedAt));
  }

  /** The folder itself is gone. @param newest sequence of the newest state of all */
  gone(newest: number): void {
    this.#forgetDeletions(this.#clock.monotonic());
    // What was deleted just now was the beginning of it; before that the state was whole.
    this.suspect('folder', this.#deletions[0]?.before ?? newest);
  }

  /** Takes a sign. @param since sequence of a state from before it @param cleanAt as in {@link Suspicion} */
  suspect(kind: LossKind, since: number, cleanAt: number | null = null): void {
    const now = this.#clock.monotonic();
    const known = this.#suspicion;
    if (known === null) this.#firstSign = now;
    const kinds = new Set([kind, ...(known?.kinds ?? [])]);
    this.#suspicion = {
      kinds: [...kinds].sort((a, b) => rank(b) - rank(a)),
      since: Math.max(this.#settled, Math.min(since, known?.since ?? since)),
      cleanAt: cleanAt ?? known?.cleanAt ?? null,
    };
    this.wait();
  }

  /** Waits for the end of it once more. */
  wait(): void {
    const left = this.#firstSign + LONGEST_MS - this.#clock.monotonic();
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = null;
        const suspicion = this.#suspicion;
        this.#suspicion = null;
        this.#deletions = [];
        if (suspicion !== null) this.#onSuspicion(suspicion);
      },
      Math.max(0, Math.min(QUIET_MS, left)),
    );
  }

  /** Everything up to this state was looked at: it is not lost again. */
  settle(sequence: number): void {
    this.#settled = Math.max(this.#settled, sequence);
  }

  /** A restore begins; it ends with {@link restored}. */
  restoring(): void {
    this.#restoring = true;
  }

  /** A restore has changed the source; what git said before it counts for nothing. */
  restored(sequence: number): void {
    this.settle(sequence);
    this.#restoring = false;
    this.#status = null;
    this.#clean = null;
    this.#deletions = [];
    this.#suspicion = null;
    this.#timer?.cancel();
    this.#timer = null;
    this.#restoredAt = this.#clock.monotonic();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #wallTime(at: number): number {
    return this.#clock.now() - (this.#clock.monotonic() - at);
  }

  #forgetDeletions(now: number): void {
    this.#deletions = this.#deletions.filter(({ at }) => now - at <= DELETED_WITHIN_MS);
  }

  /** Sequence of the newest state at a time; null where nothing has happened here yet. */
  #newestAt(time: number): number | null {
    const known = this.#moments.findLast(({ at }) => at <= time);
    return known?.sequence ?? this.#moments[0]?.before ?? null;
  }
}

function rank(kind: LossKind): number {
  return STRENGTH.indexOf(kind);
}

function isReadable({ state }: WorktreeStatus): boolean {
  return state !== 'unreadable' && state !== 'missing';
}

function isDirty({ staged, unstaged, untracked, conflicted }: WorktreeStatus): boolean {
  return staged + unstaged + untracked + conflicted > 0;
}
