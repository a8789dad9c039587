/** Leaves once, however often it is asked to. */
export class Leaving {
  readonly #leave: () => Promise<void>;
  #left: Promise<void> | null = null;

  constructor(leave: () => Promise<void>) {
    this.#leave = leave;
  }

  now(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }
}
