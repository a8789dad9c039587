/**
 * Blobs that are in the open pack but not in the catalog yet, by binary id (latin1). Which batch of
 * the catalog will have a blob is told by a generation: each batch ends one.
 */
export class PendingBlobs {
  readonly #appended = new Map<string, number>();
  #generation = 0;
  /** Whether the catalog has blobs that are not here: in a new store there is nothing to look up. */
  #catalogKnowsMore = true;
  /** Kept, but not readable: whoever has them is to deliver them again. */
  readonly #distrusted = new Set<string>();

  distrust(key: string): void {
    this.#distrusted.add(key);
  }

  /** @param isKept looks it up in the catalog */
  has(key: string, isKept: () => boolean): boolean {
    return (
      this.#appended.has(key) || (this.#catalogKnowsMore && !this.#distrusted.has(key) && isKept())
    );
  }

  appended(key: string): void {
    this.#distrusted.delete(key);
    this.#appended.set(key, this.#generation);
  }

  /** What is appended from now on belongs to the next batch. @returns the number of this one */
  endGeneration(): number {
    this.#generation += 1;
    return this.#generation - 1;
  }

  /** The catalog has what was appended up to and in this generation. */
  written(generation: number): void {
    for (const [key, own] of this.#appended) if (own <= generation) this.#appended.delete(key);
    this.#catalogKnowsMore = true;
  }

  /** What was appended is lost; of sealed packs the catalog may have some. */
  clear(): void {
    this.#appended.clear();
    this.#catalogKnowsMore = true;
  }

  /** @param isEmpty whether the catalog, just opened, has no blob at all */
  opened(isEmpty: boolean): void {
    this.#catalogKnowsMore = !isEmpty;
  }
}
