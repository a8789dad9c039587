import { Mutex } from '../support/mutex';
import type { Look } from './finding';

/** Whether somebody waits for a look, or it is only its time. */
export type Order = 'ahead' | 'behind';

/**
 * One look at a time, over all subjects. Whoever asks for one that has not begun shares it: however
 * much happens to a subject, no more than two looks at it ever wait.
 */
export class LookQueue {
  readonly #turns = new Mutex();
  readonly #waiting = new Map<string, Promise<Look | null>>();

  /**
   * @param subject what is looked at
   * @param look must not reject; it begins after this was called
   */
  look(subject: string, order: Order, look: () => Promise<Look | null>): Promise<Look | null> {
    const ahead = this.#waiting.get(keyOf(subject, 'ahead'));
    if (ahead !== undefined) return ahead;
    const key = keyOf(subject, order);
    const same = this.#waiting.get(key);
    if (same !== undefined) return same;
    const waiting = this.#turns.run(() => {
      // Who asks from now on may mean what happens from now on.
      this.#waiting.delete(key);
      return look();
    }, order === 'ahead');
    this.#waiting.set(key, waiting);
    return waiting;
  }

  /** Resolves when all that wait now have had their turn. */
  idle(): Promise<void> {
    return this.#turns.run(() => undefined);
  }
}

function keyOf(subject: string, order: Order): string {
  return `${order} ${subject}`;
}
