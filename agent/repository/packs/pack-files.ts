import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import type { Codecs } from './codec';
import { packKey } from './frame';
import type { MasterKeys } from '../keys/keys';
import { headerFits, PACK_HEADER_BYTES } from './pack-header';
import { PackReader } from './pack-reader';
import { packFileName } from './pack-writer';

const AT_ONCE = 16;

/** The files of packs in a folder, and which key opens each. */
export class PackFiles {
  /** Folder of the packs. */
  readonly folder: string;
  readonly #keys: () => MasterKeys;
  readonly #codecs: Codecs;
  /** Packs that were not written with the newest key. */
  readonly #older = new Map<string, Buffer>();

  /** @param keys asked at each use: the newest key changes */
  constructor(folder: string, keys: () => MasterKeys, codecs: Codecs) {
    this.folder = folder;
    this.#keys = keys;
    this.#codecs = codecs;
  }

  path(packId: string): string {
    return join(this.folder, packFileName(packId));
  }

  /** What a worker needs to read a pack by itself. */
  access(packId: string): { path: string; key: Buffer } {
    const master = this.#older.get(packId) ?? this.#keys().master;
    return { path: this.path(packId), key: packKey(master, packId) };
  }

  /** Opens a pack for reading; the caller closes it. */
  open(packId: string): Promise<PackReader> {
    const { path, key } = this.access(packId);
    return PackReader.open(path, packId, key, this.#codecs);
  }

  /** Ids of the packs on disk. */
  async ids(): Promise<string[]> {
    const names = await readdir(this.folder);
    return names.flatMap((name) => /^([0-9a-f]{32})\.pack$/.exec(name)?.[1] ?? []);
  }

  /** Bytes of each pack on disk. */
  async sizes(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    for (const id of await this.ids()) sizes.set(id, (await stat(this.path(id))).size);
    return sizes;
  }

  /** Finds out which key opens each of these packs. Costs nothing in a store with one key. */
  async learnKeys(packIds: readonly string[]): Promise<void> {
    if (this.#keys().older.length === 0) return;
    const queue = [...packIds];
    const lane = async (): Promise<void> => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) await this.#learnKey(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** The newest key is about to be replaced: what was written until now was written with it. */
  async keyWillChange(): Promise<void> {
    const { master } = this.#keys();
    for (const id of await this.ids()) if (!this.#older.has(id)) this.#older.set(id, master);
  }

  /** A pack was begun with this master key, which may not be the newest any more. */
  begun(packId: string, master: Buffer): void {
    if (!master.equals(this.#keys().master)) this.#older.set(packId, master);
  }

  async #learnKey(packId: string): Promise<void> {
    const { master, older } = this.#keys();
    const header = await this.#header(packId);
    const fitting = [master, ...older].find((key) => headerFits(header, packKey(key, packId)));
    const found = fitting ?? (await this.#byTrial(packId));
    if (found !== null && !found.equals(master)) this.#older.set(packId, found);
  }

  /** The header is damaged: the key is the one with which a frame verifies. */
  async #byTrial(packId: string): Promise<Buffer | null> {
    const { master, older } = this.#keys();
    for (const key of [master, ...older]) {
      const { path } = this.access(packId);
      try {
        const reader = await PackReader.open(path, packId, packKey(key, packId), this.#codecs);
        try {
          if ((await reader.nextFrameAfter(PACK_HEADER_BYTES - 1)) !== null) return key;
        } finally {
          await reader.close();
        }
      } catch (error) {
        if (!(error instanceof BulwarkError) || error.reason !== 'pack-damaged') throw error;
      }
    }
    return null;
  }

  async #header(packId: string): Promise<Buffer> {
    const path = this.path(packId);
    const header = Buffer.alloc(PACK_HEADER_BYTES);
    try {
      const file = await open(path, 'r');
      try {
        await file.read(header, 0, header.length, 0);
        return header;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (errnoOf(error) === 'EIO') return header;
      throw fileError(error, path);
    }
  }
}
