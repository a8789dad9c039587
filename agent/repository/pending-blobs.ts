import { BulwarkError } from '../support/errors';

/** Blobs that were claimed or appended since the last batch of the catalog, by binary id (latin1). */
export class PendingBlobs {
  readonly #states = new Map<string, 'claimed' | 'appended'>();
  /** Whether the catalog has blobs that are not here: in a new store there is nothing to look up. */
  #catalogKnowsMore = true;

  /**
   * Claims a blob for whoever asks first.
   * @param isKept looks it up in the catalog
   * @returns whether the caller is to deliver it
   */
  claim(key: string, isKept: () => boolean): boolean {
    if (this.#states.has(key)) return false;
    if (this.#catalogKnowsMore && isKept()) return false;
    this.#states.set(key, 'claimed');
    return true;
  }

  appended(key: string): void {
    this.#states.set(key, 'appended');
  }

  /** @throws BulwarkError `internal` when a claimed blob was not delivered */
  expectDelivered(): void {
    for (const [key, state] of this.#states)
      if (state === 'claimed') {
        this.#states.delete(key);
        throw new BulwarkError('internal', 'a claimed blob was never delivered');
      }
  }

  /** Forgets claims that will not be delivered. */
  release(): void {
    for (const [key, state] of this.#states) if (state === 'claimed') this.#states.delete(key);
  }

  /** The catalog has what was appended. */
  written(): void {
    for (const [key, state] of this.#states) if (state === 'appended') this.#states.delete(key);
    this.#catalogKnowsMore = true;
  }

  /** What was appended is lost; of sealed packs the catalog may have some. */
  clear(): void {
    this.#states.clear();
    this.#catalogKnowsMore = true;
  }

  /** @param isEmpty whether the catalog, just opened, has no blob at all */
  opened(isEmpty: boolean): void {
    this.#catalogKnowsMore = !isEmpty;
  }
}
