import { Gate } from '../../support/gate';
import { Mutex } from '../../support/mutex';

/**
 * How much a capture has to look at: everything for the first time, everything again, or the few
 * folders that a watcher named.
 */
export type Weight = 'first' | 'scan' | 'small';

/**
 * Which captures run beside each other. A source is captured by one at a time. Of first captures, and
 * of scans, one runs at a time, for the sake of memory; small ones wait for nobody but their own source.
 */
export class CaptureLanes {
  readonly #gate = new Gate();
  readonly #first = new Mutex();
  readonly #scan = new Mutex();
  readonly #sources = new Map<string, Mutex>();

  /** @param ahead whether it goes before those that wait for its lane and its source */
  run<T>(source: string, weight: Weight, fn: () => Promise<T>, ahead = false): Promise<T> {
    // The lane before the source: who waits for a lane must not keep small captures of the source away.
    const inSource = (): Promise<T> => this.#source(source).run(() => this.#gate.beside(fn), ahead);
    switch (weight) {
      case 'first':
        return this.#first.run(inSource, ahead);
      case 'scan':
        return this.#scan.run(inSource, ahead);
      case 'small':
        return inSource();
    }
  }

  /** Runs `fn` while no capture runs. What takes long is waited for before small ones are held up. */
  alone<T>(fn: () => Promise<T>): Promise<T> {
    return this.#first.run(() => this.#scan.run(() => this.#gate.alone(fn)));
  }

  /** Runs `fn` beside captures, but not beside {@link alone}. */
  beside<T>(fn: () => Promise<T>): Promise<T> {
    return this.#gate.beside(fn);
  }

  /** Resolves at a moment when no capture runs. */
  quiet(): Promise<void> {
    return this.#gate.quiet();
  }

  #source(id: string): Mutex {
    let mutex = this.#sources.get(id);
    if (mutex === undefined) this.#sources.set(id, (mutex = new Mutex()));
    return mutex;
  }
}
