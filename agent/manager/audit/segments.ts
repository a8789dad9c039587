import { open, readdir, readFile, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, syncFolder } from '../../support/atomic-file';
import { fileError } from '../../support/errors';

/** A segment is closed when it has this size … */
const MAX_BYTES = 4 * 1024 * 1024;
const NAME = /^(\d{12})\.jsonl$/;

/** A file with entries, in their order. */
export interface Segment {
  readonly path: string;
  /** Sequence of its first entry. */
  readonly first: number;
}

/** The files of the trail: appended to line by line, never changed, removed when they are old. */
export class Segments {
  readonly #folder: string;
  readonly #list: Segment[];
  #open: { readonly file: FileHandle; readonly path: string; bytes: number } | null = null;

  private constructor(folder: string, list: Segment[]) {
    this.#folder = folder;
    this.#list = list;
  }

  /** @throws BulwarkError `permission-denied` … */
  static async open(folder: string): Promise<Segments> {
    await makeFolder(folder);
    const names = await readdir(folder).catch((error: unknown) => {
      throw fileError(error, folder);
    });
    const list = names.flatMap((name) => {
      const first = NAME.exec(name)?.[1];
      return first === undefined ? [] : [{ path: join(folder, name), first: Number(first) }];
    });
    return new Segments(
      folder,
      list.sort((a, b) => a.first - b.first),
    );
  }

  /** Oldest first. */
  get list(): readonly Segment[] {
    return this.#list;
  }

  /** The whole lines of a segment, and how many bytes of a line that was cut off follow. */
  async lines({ path }: Segment): Promise<{ readonly lines: string[]; readonly torn: number }> {
    const bytes = await readFile(path);
    const end = bytes.lastIndexOf(0x0a) + 1;
    const text = bytes.subarray(0, end).toString('utf8');
    return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), torn: bytes.length - end };
  }

  /** Cuts off the end of a line that a crash left half written. */
  async mend({ path }: Segment, torn: number): Promise<void> {
    await truncate(path, (await stat(path)).size - torn);
  }

  /**
   * Appends lines, durable when it resolves. What could only be written in part is taken away again.
   * @param first sequence of the first one
   * @param anew begins another segment first
   * @throws what the file system throws
   */
  async append(first: number, lines: readonly string[], anew: boolean): Promise<void> {
    const target = await this.#target(first, anew);
    const data = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
    try {
      await target.file.appendFile(data);
      await target.file.datasync();
      target.bytes += data.length;
    } catch (error) {
      await target.file.truncate(target.bytes).catch(() => undefined);
      throw error;
    }
  }

  /** Removes the oldest segment. */
  async dropOldest(): Promise<void> {
    const [oldest] = this.#list;
    if (oldest === undefined) return;
    await rm(oldest.path, { force: true });
    this.#list.shift();
  }

  async close(): Promise<void> {
    await this.#open?.file.close();
    this.#open = null;
  }

  async #target(
    first: number,
    anew: boolean,
  ): Promise<{ readonly file: FileHandle; bytes: number }> {
    if (this.#open !== null && !anew && this.#open.bytes < MAX_BYTES) return this.#open;
    await this.close();
    const newest = this.#list.at(-1);
    const size = newest === undefined ? MAX_BYTES : (await stat(newest.path)).size;
    if (newest !== undefined && !anew && size < MAX_BYTES) {
      this.#open = { file: await open(newest.path, 'a'), path: newest.path, bytes: size };
      return this.#open;
    }
    const path = join(this.#folder, `${String(first).padStart(12, '0')}.jsonl`);
    const file = await open(path, 'a', 0o600);
    this.#open = { file, path, bytes: (await file.stat()).size };
    if (this.#list.at(-1)?.path !== path) this.#list.push({ path, first });
    await syncFolder(this.#folder);
    return this.#open;
  }
}
