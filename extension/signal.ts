/** Something that can be taken back; the shape of `vscode.Disposable`. */
export interface Disposable {
  dispose(): void;
}

/** An event without a dependency on VS Code, so that what uses it can be tested alone. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Calls `listener` for each value until the result is disposed. */
  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
