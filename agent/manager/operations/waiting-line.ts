import { PRIORITIES, type Operation, type Priority } from '../../support/operations';

/** An operation that waits for its turn. */
export interface Waiting {
  readonly operation: Operation;
  /** When it was asked for, by the monotonic clock, ms. */
  readonly since: number;
  /** Gives it its place. */
  start(): void;
  /** Takes it out. */
  giveUp(why: Error): void;
}

/** Who comes next: by priority, then the worktree whose turn is the longest ago, then who came first. */
export class WaitingLine {
  #waiting: Waiting[] = [];
  /** When the last turn of each worktree was that waits for another one, counted in turns. */
  readonly #turns = new Map<string | null, number>();
  #turn = 0;

  get all(): readonly Waiting[] {
    return this.#waiting;
  }

  add(one: Waiting): void {
    this.#waiting.push(one);
  }

  remove(one: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== one);
    this.#forget();
  }

  /**
   * Takes the next one out.
   * @param may whether one may start now
   * @param isOverdue whether one has waited so long that it goes before all others
   * @returns null where none may
   */
  take(may: (one: Waiting) => boolean, isOverdue: (one: Waiting) => boolean): Waiting | null {
    let next: Waiting | null = null;
    for (const one of this.#waiting)
      if (may(one) && (next === null || this.#isBefore(one, next, isOverdue))) next = one;
    if (next === null) return null;
    this.#turns.set(next.operation.worktree, (this.#turn += 1));
    this.remove(next);
    return next;
  }

  #isBefore(one: Waiting, other: Waiting, isOverdue: (one: Waiting) => boolean): boolean {
    const late = Number(isOverdue(other)) - Number(isOverdue(one));
    if (late !== 0) return late < 0;
    const rank = rankOf(one.operation.priority) - rankOf(other.operation.priority);
    if (rank !== 0) return rank < 0;
    return this.#lastTurn(one) < this.#lastTurn(other);
  }

  #lastTurn({ operation }: Waiting): number {
    return this.#turns.get(operation.worktree) ?? 0;
  }

  /** Nothing is remembered of whom nobody waits for any more. */
  #forget(): void {
    const left = new Set(this.#waiting.map(({ operation }) => operation.worktree));
    for (const worktree of this.#turns.keys())
      if (!left.has(worktree)) this.#turns.delete(worktree);
  }
}

function rankOf(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
