import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import { GENESIS } from './entry';

const mark = z.object({ sequence: z.int().nonnegative(), hash: z.string() });
/** A place in the chain. */
export type Mark = z.infer<typeof mark>;

/** Before the first entry. */
export const START: Mark = { sequence: 0, hash: GENESIS };

/**
 * Two places of the chain that are kept beside it: after which entry it begins, because older ones
 * were removed when their time was over, and where it ended when that was last written.
 */
export class Marks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Null where there is none, or it cannot be read. */
  async read(which: 'checkpoint' | 'head'): Promise<Mark | null> {
    try {
      return mark.parse(JSON.parse(await readFile(this.#path(which), 'utf8')));
    } catch {
      return null;
    }
  }

  async write(which: 'checkpoint' | 'head', { sequence, hash }: Mark): Promise<void> {
    await writeFileAtomic(this.#path(which), JSON.stringify({ sequence, hash }));
  }

  #path(which: string): string {
    return join(this.#folder, `${which}.json`);
  }
}
