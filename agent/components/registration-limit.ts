import { BulwarkError } from '../support/errors';
import type { ComponentId } from './component-id';

/** More of one program would be a mistake of it, and leave too little to others. */
const MAX_OF_ONE = 1_000;

/** What each program has registered, to hold back one that went wrong. */
export class RegistrationLimit {
  /** By what stands for a program's connection; forgotten with it. */
  readonly #taken = new WeakMap<object, Set<ComponentId>>();
  readonly #exists: (id: ComponentId) => boolean;

  /** @param exists whether a component is still there */
  constructor(exists: (id: ComponentId) => boolean) {
    this.#exists = exists;
  }

  /**
   * Counts a component, once however often it is registered.
   * @param by the same object for the same connection @throws BulwarkError `busy`
   */
  take(by: object, id: ComponentId): void {
    const known = this.#taken.get(by) ?? new Set();
    this.#taken.set(by, known);
    if (known.has(id)) return;
    if (known.size >= MAX_OF_ONE)
      for (const one of known) if (!this.#exists(one)) known.delete(one);
    if (known.size >= MAX_OF_ONE)
      throw new BulwarkError(
        'busy',
        `this program has registered ${String(MAX_OF_ONE)} components already`,
        { hint: 'Unregister those that are over.' },
      );
    known.add(id);
  }
}
