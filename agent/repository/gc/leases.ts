/**
 * Who is in the middle of something that relies on blobs no record names yet, or that it has
 * looked up but not read: a capture, a restore, a check of the store. A pack that was given up goes
 * only when all work that was under way at that moment has ended (reclamation by epochs, as
 * lock-free data structures do it). Work that begins later cannot come to rely on it.
 */
export class Leases {
  #last = 0;
  readonly #open = new Set<number>();

  /** Begins a piece of work. @returns ends it; calling that again does nothing */
  take(): () => void {
    const lease = (this.#last += 1);
    this.#open.add(lease);
    return () => {
      this.#open.delete(lease);
    };
  }

  /** Runs `fn` with a lease. */
  async during<T>(fn: () => Promise<T>): Promise<T> {
    const end = this.take();
    try {
      return await fn();
    } finally {
      end();
    }
  }

  /** This moment, for {@link endedSince}. */
  now(): number {
    return this.#last;
  }

  /** Whether all work has ended that was under way at `moment`. */
  endedSince(moment: number): boolean {
    for (const lease of this.#open) if (lease <= moment) return false;
    return true;
  }
}
