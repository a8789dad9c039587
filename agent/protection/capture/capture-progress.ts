import type { Clock } from '../../support/clock';
import type { BackedUp } from '../backed-up';
import type { Capturer } from './capturer';

/** Work that is done sooner needs no estimate, ms. */
const SHORT_MS = 400;

/** Told how many bytes were read, and about how many there are; null while nobody knows. */
export type ProgressListener = (done: number, total: number | null) => void;

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

/** Captures for somebody who is told how far it is, or for nobody. */
export function watchedCapture<T>({
  guards,
  listener,
  work,
  clock,
  capturer,
}: {
  guards: readonly BackedUp[];
  listener: ProgressListener | undefined;
  work: (tell: (bytes: number) => void) => Promise<T>;
  clock: Clock;
  capturer: Capturer;
}): Promise<T> {
  if (listener === undefined) return work(() => undefined);
  const asked = guards.map(({ source, newest }) => ({ source, since: newest?.createdAt ?? null }));
  return watched({
    clock,
    listener,
    work,
    estimate: async (signal) => {
      let bytes = 0;
      for (const { source, since } of asked)
        bytes += await capturer.estimate(source, since, signal);
      return bytes;
    },
  });
}
