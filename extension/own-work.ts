/**
 * What this window does itself. The agent tells every window what happened;
 * the one that asked for it has said so already and must not say it twice.
 */
export class OwnWork {
  #running = 0;
  readonly #operations = new Set<string>();

  /** Whether something that this window asked for is going on. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /** Runs work of this window; what it returns may name an operation. */
  async run<T extends { readonly operation: string }>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      const result = await work();
      this.#operations.add(result.operation);
      return result;
    } finally {
      this.#running -= 1;
    }
  }

  /** Whether the operation was asked for by this window. */
  owns(operation: string): boolean {
    return this.#operations.has(operation);
  }
}
