import type { Clock } from '../../support/clock';

/** Work that is done sooner needs no estimate, ms. */
const SHORT_MS = 400;

/** Told how many bytes were read, and about how many there are; null while nobody knows. */
export type ProgressListener = (done: number, total: number | null) => void;

/** Adds up what the parts of a capture (sources, roots) have read, each counted from zero. */
export class PartsRead {
  readonly #tell: (bytes: number) => void;
  #before = 0;
  #now = 0;

  constructor(tell: (bytes: number) => void) {
    this.#tell = tell;
  }

  /** Where the next part tells how far it is. */
  next(): (bytes: number) => void {
    this.#before += this.#now;
    this.#now = 0;
    return (bytes) => {
      this.#now = bytes;
      this.#tell(this.#before + bytes);
    };
  }
}

/**
 * Runs a capture that somebody watches. How much there is to read is looked up beside it, and only
 * when it takes longer than a moment.
 * @param estimate about how many bytes will be read
 */
export async function watched<T>(options: {
  clock: Clock;
  listener: ProgressListener;
  estimate: (signal: AbortSignal) => Promise<number>;
  work: (tell: (bytes: number) => void) => Promise<T>;
}): Promise<T> {
  const { clock, listener, estimate, work } = options;
  const over = new AbortController();
  let total: number | null = null;
  const timer = clock.setTimeout(() => {
    void estimate(over.signal).then((bytes) => {
      if (!over.signal.aborted) total = bytes;
    });
  }, SHORT_MS);
  try {
    return await work((bytes) => {
      listener(bytes, total === null ? null : Math.max(total, bytes));
    });
  } finally {
    timer.cancel();
    over.abort();
  }
}
