import type { Location } from '../catalog/location';
import type { PackReader } from './pack-reader';

const CACHED_BLOCKS = 8;

/** The plain blocks that were read last, and the packs that are open for it. */
export class BlockCache {
  readonly #openPack: (packId: string) => Promise<PackReader>;
  readonly #blocks = new Map<string, Buffer>();
  readonly #readers = new Map<string, Promise<PackReader>>();

  constructor(openPack: (packId: string) => Promise<PackReader>) {
    this.#openPack = openPack;
  }

  /**
   * Plain bytes of the block that holds the blob at `location`.
   * @throws BulwarkError `path-missing` (the pack) or `pack-damaged`
   */
  async read(location: Location): Promise<Buffer> {
    const key = `${location.pack}:${String(location.frameOffset)}`;
    const cached = this.#blocks.get(key);
    if (cached !== undefined) {
      this.#blocks.delete(key);
      this.#blocks.set(key, cached);
      return cached;
    }
    const reader = await this.#reader(location.pack);
    const frame = await reader.readFrame(location.frameOffset, location.frameLength);
    this.#blocks.set(key, frame.plain);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= CACHED_BLOCKS) break;
      this.#blocks.delete(oldest);
    }
    return frame.plain;
  }

  /** Forgets the blocks of one pack and closes it: its file goes, or was replaced. */
  async forget(packId: string): Promise<void> {
    for (const key of this.#blocks.keys())
      if (key.startsWith(`${packId}:`)) this.#blocks.delete(key);
    const reader = this.#readers.get(packId);
    this.#readers.delete(packId);
    if (reader !== undefined) await (await reader).close();
  }

  /** Forgets the blocks and closes the packs. */
  async close(): Promise<void> {
    const readers = [...this.#readers.values()];
    this.#readers.clear();
    this.#blocks.clear();
    for (const reader of readers) await (await reader).close();
  }

  /** Two reads at once share one open file. */
  async #reader(packId: string): Promise<PackReader> {
    const open = this.#readers.get(packId);
    if (open !== undefined) return open;
    const opening = this.#openPack(packId);
    this.#readers.set(packId, opening);
    try {
      return await opening;
    } catch (error) {
      this.#readers.delete(packId);
      throw error;
    }
  }
}
