import type { Clock } from '../../support/clock';
import { BulwarkError, messageOf, throwIfAborted } from '../../support/errors';
import type { Program } from './data-source';

/** One question to a program. */
export interface Question {
  readonly clock: Clock;
  readonly program: Program;
  /** What it is asked for, for people: "freeze". */
  readonly what: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a program, and waits no longer than it may take, however it behaves.
 * @param fn asks; its signal is aborted when nobody wants the answer any more
 * @throws BulwarkError `timeout`, `program-gone`, `cancelled`; `program-failed` for whatever else it throws
 */
export async function askProgram<T>(
  { clock, program, what, limitMs, signal }: Question,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  if (program.gone.aborted) throw programGone();
  const giveUp = new AbortController();
  const over = new AbortController();
  const until = (aborted: AbortSignal | undefined, error: () => BulwarkError): Promise<never> =>
    new Promise((_resolve, reject) => {
      aborted?.addEventListener('abort', () => reject(error()), {
        once: true,
        signal: over.signal,
      });
    });
  let timer: { cancel(): void } | null = null;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = clock.setTimeout(() => {
      reject(
        new BulwarkError('timeout', `the program did not answer ${what} within ${limitMs} ms`, {
          hint: 'See what keeps it, or restart it.',
        }),
      );
    }, limitMs);
  });
  try {
    const answer = fn(giveUp.signal);
    answer.catch(() => undefined);
    return await Promise.race([
      answer,
      timeout,
      until(program.gone, programGone),
      until(signal, () => new BulwarkError('cancelled', 'cancelled')),
    ]);
  } catch (error) {
    if (error instanceof BulwarkError) throw error;
    throw new BulwarkError('program-failed', `the program says: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    over.abort();
    giveUp.abort();
    cancel(timer);
  }
}

/** The compiler does not see that the timer was set. */
function cancel(timer: { cancel(): void } | null): void {
  timer?.cancel();
}

export function programGone(): BulwarkError {
  return new BulwarkError('program-gone', 'the program went away in the middle', {
    hint: 'Start it again; it registers its data again by itself.',
  });
}
