/** Lets many through at once, or one alone. */
export class Gate {
  #inside = 0;
  #closed: Promise<void> | null = null;
  #left: (() => void) | null = null;
  readonly #waiting: (() => void)[] = [];

  /** Runs `fn` beside others, but not beside {@link alone}. */
  async beside<T>(fn: () => Promise<T>): Promise<T> {
    while (this.#closed !== null) await this.#closed;
    this.#inside += 1;
    try {
      return await fn();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) {
        this.#left?.();
        for (const go of this.#waiting.splice(0)) go();
      }
    }
  }

  /** Resolves at a moment when nobody is inside. Holds nobody up. */
  async quiet(): Promise<void> {
    while (this.#inside > 0 || this.#closed !== null)
      await (this.#closed ??
        new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
        }));
  }

  /** Runs `fn` when all who are inside have left, and lets nobody in meanwhile. */
  async alone<T>(fn: () => Promise<T>): Promise<T> {
    while (this.#closed !== null) await this.#closed;
    let open: () => void = () => undefined;
    this.#closed = new Promise((resolve) => {
      open = resolve;
    });
    try {
      while (this.#inside > 0)
        await new Promise<void>((resolve) => {
          this.#left = resolve;
        });
      return await fn();
    } finally {
      this.#left = null;
      this.#closed = null;
      open();
    }
  }
}
