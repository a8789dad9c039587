import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import { errnoOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { Experience } from './experience';

const count = z.number().nonnegative();

/** What was learned, as it is kept, exported and imported. */
export const experienceMemory = z.object({
  seen: z.record(
    z.string(),
    z.object({
      sightings: z.int().nonnegative(),
      arms: z.record(z.string(), z.object({ helped: count, failed: count, credit: count })),
    }),
  ),
});

/** Keeps what was learned in a file. */
export class ExperienceFile {
  readonly experience: Experience;
  readonly #path: string;
  readonly #log: Log;
  readonly #writing = new Mutex();

  private constructor(path: string, log: Log, experience: Experience) {
    this.#path = path;
    this.#log = log;
    this.experience = experience;
  }

  /** A file that cannot be read is as if nothing was learned. */
  static async load(path: string, log: Log): Promise<ExperienceFile> {
    try {
      const memory = experienceMemory.parse(JSON.parse(await readFile(path, 'utf8')));
      return new ExperienceFile(path, log, new Experience(memory));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') log.warn('What was learned cannot be read', { path, error });
      return new ExperienceFile(path, log, new Experience());
    }
  }

  /** Writes it. A failure is logged: nothing depends on it but the next choice. */
  save(): Promise<void> {
    return this.#writing
      .run(() => writeFileAtomic(this.#path, JSON.stringify(this.experience.memory)))
      .catch((error: unknown) => {
        this.#log.warn('What was learned cannot be kept', { path: this.#path, error });
      });
  }
}
