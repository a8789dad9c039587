import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own can be made by root on Linux alone. */
export const CAN_MOUNT = process.platform === 'linux' && process.getuid?.() === 0;

/** A small disk (tmpfs) that is filled up, becomes read-only, or is unplugged. */
export class SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #above: string;
  readonly #bytes: number;
  #isMounted = false;

  /** @param bytes its size */
  constructor(bytes: number) {
    this.#above = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-disk-')));
    this.path = join(this.#above, 'disk');
    this.#bytes = bytes;
    mkdirSync(this.path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(bytes)}`, 'tmpfs', this.path]);
    this.#isMounted = true;
  }

  /** What can still be written to it, bytes. */
  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** From now on so many bytes more fit on it, and no file more when none do. */
  leave(bytes: number): void {
    const { blocks, bfree, bsize } = statfsSync(this.path);
    this.#remount(`size=${String(Math.max(bsize, (blocks - bfree) * bsize + bytes))}`);
  }

  /** There is room again. */
  free(): void {
    this.#remount(`size=${String(this.#bytes)}`);
  }

  readOnly(): void {
    this.#remount('ro');
  }

  writable(): void {
    this.#remount('rw');
  }

  remove(): void {
    if (this.#isMounted) execFileSync('umount', ['-l', this.path]);
    this.#isMounted = false;
    rmSync(this.#above, { recursive: true });
  }

  #remount(option: string): void {
    execFileSync('mount', ['-o', `remount,${option}`, this.path]);
  }
}
