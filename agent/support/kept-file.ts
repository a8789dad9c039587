import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { writeFileAtomic } from './atomic-file';
import type { Clock, Timer } from './clock';
import { errnoOf } from './errors';
import type { Log } from './log';
import { Mutex } from './mutex';

/** Changes are written together after this, ms. */
const GATHER_MS = 1_000;

export interface KeptFileOptions<T> {
  readonly path: string;
  /** What it keeps, in the plural, for the log. */
  readonly what: string;
  /** What the JSON that was read means. Throws when it means nothing. */
  readonly parse: (json: unknown) => T;
  readonly clock: Clock;
  readonly log: Log;
}

/** A JSON file beside the store that keeps what a restart must not forget, and that may be lost. */
export class KeptFile<T> {
  readonly #options: KeptFileOptions<T>;
  readonly #writing = new Mutex();
  #timer: Timer | null = null;

  constructor(options: KeptFileOptions<T>) {
    this.#options = options;
  }

  /** What was kept; undefined where nothing was, or, which is logged, where it cannot be read. */
  async load(): Promise<T | undefined> {
    const { path, what, parse, log } = this.#options;
    try {
      return parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') log.warn(`The kept ${what} cannot be read`, { path, error });
      return undefined;
    }
  }

  /** Writes soon what `current` gives then. */
  changed(current: () => T): void {
    this.#timer ??= this.#options.clock.setTimeout(() => {
      void this.save(current());
    }, GATHER_MS);
  }

  /** Writes it now. A failure is logged: what is kept here must not stop anything else. */
  save(value: T): Promise<void> {
    const { path, what, log } = this.#options;
    this.#timer?.cancel();
    this.#timer = null;
    return this.#writing
      .run(() => writeFileAtomic(path, JSON.stringify(value)))
      .catch((error: unknown) => {
        log.warn(`The ${what} cannot be kept`, { path, error });
      });
  }
}

/** Those of kept values that this version can read; the others are left out. */
export function knownOf<T>(shape: z.ZodType<T>, values: readonly unknown[]): T[] {
  return values.flatMap((value) => {
    const known = shape.safeParse(value);
    return known.success ? [known.data] : [];
  });
}
