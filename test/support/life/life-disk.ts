import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A disk with a mirror of the store, which is plugged in and out. */
export class LifeDisk {
  readonly mirror: string;
  readonly #place: string;
  readonly #away: string;

  /** @param place where it is mounted */
  constructor(place: string) {
    this.#place = place;
    this.#away = `${place}-away`;
    this.mirror = join(place, 'mirror');
  }

  get isThere(): boolean {
    return !existsSync(this.#away);
  }

  /** The mirror's packs. Sorted. */
  get packs(): string[] {
    return readdirSync(join(this.mirror, 'packs')).sort();
  }

  /** A new, empty disk. */
  make(): void {
    mkdirSync(this.#place);
  }

  /** Its mount point stays, and is empty. */
  unplug(): void {
    if (!this.isThere) return;
    renameSync(this.#place, this.#away);
    mkdirSync(this.#place);
  }

  plug(): void {
    if (this.isThere) return;
    this.check();
    rmSync(this.#place, { recursive: true });
    renameSync(this.#away, this.#place);
  }

  /** Nothing is written to where it would be. */
  check(): void {
    if (!this.isThere)
      assert.deepEqual(readdirSync(this.#place), [], 'the mount point of a disk that is away');
  }
}
