import { randomBytes } from 'node:crypto';
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BulwarkError, fileError } from '../../support/errors';
import { removeTree } from '../restore/remove-tree';

/** Kept free beside what is written, bytes: a drill must never be what fills a disk. */
const SPARE_BYTES = 512 * 1024 * 1024;

/** Folders for trying out restores, which are gone afterwards, also after a crash. */
export class Scratch {
  readonly #folder: string;

  /** @param folder nothing else may be in it: it is emptied when the agent starts */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A path at which nothing ever is. */
  get absent(): string {
    return join(this.#folder, 'never-made');
  }

  /** Removes what a crash left behind. */
  async sweep(): Promise<void> {
    await removeTree(this.#folder);
  }

  /**
   * Runs `fn` with an empty folder of its own, which is removed when it ends.
   * @param bytes that it is going to write
   * @throws BulwarkError `disk-full` before anything is written
   */
  async use<T>(bytes: number, fn: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.#folder, randomBytes(6).toString('hex'));
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await this.#requireRoom(bytes);
      return await fn(folder);
    } catch (error) {
      throw fileError(error, folder);
    } finally {
      await removeTree(folder);
    }
  }

  async #requireRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    const free = bavail * bsize;
    const needed = bytes + SPARE_BYTES;
    if (free >= needed) return;
    throw new BulwarkError(
      'disk-full',
      `trying out a restore needs ${megabytes(needed)} MB, but the disk of ${this.#folder} has ${megabytes(free)} MB free`,
      {
        hint: 'Free some space, or name a folder on another disk with the setting "scratchFolder".',
        details: { needed, free },
      },
    );
  }
}

function megabytes(bytes: number): string {
  return String(Math.ceil(bytes / 1e6));
}
