import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const SIZE_MIB = 48;

/**
 * What ext4 keeps of the content of files that nobody has synced: with `ordered` a file that has its
 * new name has its content, with `writeback` it may have none.
 */
export type DataMode = 'ordered' | 'writeback';

/** Whether disks can be made here: by root on Linux, with loop devices and mkfs.ext4. */
export function canMakeDisks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('sh', ['-c', 'command -v mkfs.ext4 && losetup -f'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * A real file system in a file. A copy of that file is what a disk holds when the power fails: what was
 * synced, and what the system happened to have written out, and nothing else.
 */
export class ImageDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #above: string;
  readonly #mode: DataMode;
  #isMounted = false;

  constructor(mode: DataMode) {
    this.#above = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-image-')));
    this.path = join(this.#above, 'disk');
    this.#mode = mode;
    mkdirSync(this.path);
    const image = this.#image('now');
    execFileSync('truncate', ['-s', String(SIZE_MIB * MIB), image]);
    execFileSync('mkfs.ext4', ['-q', '-F', image]);
    this.#mount();
  }

  /** Keeps what a power loss at this moment would leave. */
  keep(name: string): void {
    execFileSync('cp', ['--sparse=always', this.#image('now'), this.#image(name)]);
  }

  /** Syncs everything. */
  sync(): void {
    execFileSync('sync', ['-f', this.path]);
  }

  /** The power came back after it failed at a moment that was kept. Nobody may use the disk. */
  comeBack(name: string): void {
    this.unmount();
    copyFileSync(this.#image(name), this.#image('now'));
    this.#mount();
  }

  unmount(): void {
    if (this.#isMounted) execFileSync('umount', [this.path]);
    this.#isMounted = false;
  }

  remove(): void {
    this.unmount();
    rmSync(this.#above, { recursive: true });
  }

  #mount(): void {
    // Nothing is written out by itself while a test runs.
    const options = `loop,data=${this.#mode},commit=300`;
    execFileSync('mount', ['-o', options, this.#image('now'), this.path]);
    this.#isMounted = true;
  }

  #image(name: string): string {
    return join(this.#above, `${name}.img`);
  }
}
