import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import type { Clock, Timer } from '../../support/clock';
import { errnoOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { channelMessage } from './message';

const undelivered = z.object({
  channel: z.string(),
  /** When it was given up, ms since 1970. */
  at: z.number(),
  why: z.string(),
  message: channelMessage,
});
export type UndeliveredMessage = z.infer<typeof undelivered>;

const memory = z.object({
  /** What is not over of each group, as it was told last. */
  told: z.array(channelMessage),
  waiting: z.array(z.object({ channel: z.string(), message: channelMessage })),
  undelivered: z.array(undelivered),
});
export type ChannelMemory = z.infer<typeof memory>;

/** Changes are written together after this, ms. */
const GATHER_MS = 1_000;

/** Keeps what waits, what was given up and what people were told in a file. */
export class ChannelStore {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writing = new Mutex();
  #timer: Timer | null = null;

  constructor(path: string, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  /** What was kept; nothing where nothing was, or where it cannot be read. */
  async load(): Promise<ChannelMemory> {
    try {
      return memory.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        this.#log.warn('The kept notifications cannot be read', { path: this.#path, error });
      return { told: [], waiting: [], undelivered: [] };
    }
  }

  /** Writes soon what `current` gives then. */
  changed(current: () => ChannelMemory): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      void this.save(current());
    }, GATHER_MS);
  }

  /** Writes it now; a failure is logged. */
  save(current: ChannelMemory): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    return this.#writing
      .run(() => writeFileAtomic(this.#path, JSON.stringify(current)))
      .catch((error: unknown) => {
        this.#log.warn('The notifications cannot be kept', { path: this.#path, error });
      });
  }
}
