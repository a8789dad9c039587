/** Lets one caller at a time run; the others wait in order. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /** Runs `fn` when all earlier callers are done; its result and error are the caller's. */
  run<T>(fn: () => Promise<T> | T): Promise<T> {
    const result = this.#tail.then(fn);
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
