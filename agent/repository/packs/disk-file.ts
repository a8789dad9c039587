import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../../support/errors';

/** What is read at once, bytes; also between two calls that let others have a turn. */
export const WINDOW_BYTES = 2 * 1024 * 1024;

/** Direct reads begin, end and lie in memory at multiples of this; no disk has larger sectors. */
const SECTOR_BYTES = 4096;
const WASM_PAGE_BYTES = 64 * 1024;

/** Of WebAssembly only this is used: its memory begins at a page, which nothing else of Node promises. */
declare const WebAssembly: {
  Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer };
};

/**
 * A file that is read from front to back in large pieces. Sectors that the disk does not give are
 * zeros: what lies in them does not verify, and all else of the file is still read.
 */
export class DiskFile {
  readonly size: number;
  #descriptor: number;
  readonly #path: string;
  #direct: boolean;
  #memory: Buffer = Buffer.alloc(0);
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  /**
   * @param direct reads from the disk itself where system and file system allow it (Linux, but
   *   for some file systems), not what the system remembers of the file
   */
  constructor(path: string, { direct }: { direct: boolean }) {
    this.#path = path;
    this.#direct = direct && process.platform === 'linux';
    this.#descriptor = this.#open();
    this.size = fstatSync(this.#descriptor).size;
  }

  /** A view of up to `length` bytes at `offset`; good until the next call. */
  at(offset: number, length: number): Buffer {
    const end = Math.min(offset + length, this.size);
    if (offset < this.#start || end > this.#start + this.#bytes.length) this.#fill(offset, length);
    return this.#bytes.subarray(offset - this.#start, Math.max(offset, end) - this.#start);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #open(): number {
    if (this.#direct) {
      try {
        return openSync(this.#path, constants.O_RDONLY | constants.O_DIRECT);
      } catch (error) {
        if (errnoOf(error) !== 'EINVAL') throw error;
        this.#direct = false;
      }
    }
    return openSync(this.#path, 'r');
  }

  #fill(offset: number, length: number): void {
    const start = this.#direct ? offset - (offset % SECTOR_BYTES) : offset;
    const asked = Math.max(length + offset - start, WINDOW_BYTES);
    const wanted = Math.max(0, Math.min(asked, this.size - start));
    const room = this.#direct ? Math.ceil(wanted / SECTOR_BYTES) * SECTOR_BYTES : wanted;
    if (this.#memory.length < room) this.#memory = this.#direct ? aligned(room) : plain(room);
    let filled = 0;
    while (filled < wanted) {
      const got = this.#read(filled, room - filled, start + filled);
      if (got === 0) break;
      filled += got;
    }
    this.#bytes = this.#memory.subarray(0, Math.min(filled, wanted));
    this.#start = start;
  }

  #read(into: number, length: number, position: number): number {
    try {
      return readSync(this.#descriptor, this.#memory, into, length, position);
    } catch (error) {
      if (errnoOf(error) === 'EINVAL' && this.#direct) {
        // A file system that opens files this way and then does not read them so.
        this.#direct = false;
        closeSync(this.#descriptor);
        this.#descriptor = this.#open();
        return this.#read(into, length, position);
      }
      if (errnoOf(error) !== 'EIO') throw error;
      if (length > SECTOR_BYTES) return this.#read(into, SECTOR_BYTES, position);
      this.#memory.fill(0, into, into + length);
      return length;
    }
  }
}

/** One buffer for the whole file: what is freed only by the collector adds up in a thread. */
function plain(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes);
}

function aligned(bytes: number): Buffer {
  const initial = Math.ceil(bytes / WASM_PAGE_BYTES);
  return Buffer.from(new WebAssembly.Memory({ initial }).buffer);
}
