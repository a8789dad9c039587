/** Lets one caller at a time run; the others wait in order. */
export class Mutex {
  #isHeld = false;
  readonly #ahead: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];

  /**
   * Runs `fn` when all earlier callers are done; its result and error are the caller's.
   * @param ahead goes before those that wait without it
   */
  async run<T>(fn: () => Promise<T> | T, ahead = false): Promise<T> {
    if (this.#isHeld)
      await new Promise<void>((resolve) => {
        (ahead ? this.#ahead : this.#waiting).push(resolve);
      });
    else {
      this.#isHeld = true;
      // Whoever calls goes on first, whether others wait or not.
      await Promise.resolve();
    }
    try {
      return await fn();
    } finally {
      // Handed over, so that nobody slips in between.
      const next = this.#ahead.shift() ?? this.#waiting.shift();
      if (next === undefined) this.#isHeld = false;
      else next();
    }
  }
}
