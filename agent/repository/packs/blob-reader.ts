import { BulwarkError } from '../../support/errors';
import { hashBytes, toBlobId, type BlobId } from '../blob-id';
import { BlockCache } from './block-cache';
import type { Location } from '../catalog/location';
import { isBadPack, quarantinePath, replacePack, type PackBackup } from '../copies/pack-backup';
import type { PackFiles } from './pack-files';

/** Reads blobs from the packs, and from a replica what the packs do not give. */
export class BlobReader {
  readonly #packs: PackFiles;
  readonly #blocks: BlockCache;
  /** Asked for what cannot be read here. */
  backup: PackBackup | null = null;

  constructor(packs: PackFiles) {
    this.#packs = packs;
    this.#blocks = new BlockCache((packId) => packs.open(packId));
  }

  /**
   * The bytes of a blob, checked against its id.
   * @throws BulwarkError `pack-damaged`, `path-missing`
   */
  async read(id: BlobId, location: Location): Promise<Buffer> {
    const block = await this.#block(location);
    const bytes = block.subarray(location.offset, location.offset + location.length);
    if (toBlobId(hashBytes(bytes)) !== id)
      throw new BulwarkError('pack-damaged', `blob ${id} has other bytes than its id says`, {
        details: { id, pack: location.pack },
      });
    return bytes;
  }

  /**
   * Puts a whole copy, which lies on the packs' disk, in the place of a pack; the bad one goes to
   * quarantine.
   * @param label makes its name there unique
   */
  async replacePack(
    packId: string,
    { copy, storePath, label }: { copy: string; storePath: string; label: string },
  ): Promise<void> {
    const quarantine = quarantinePath(storePath);
    await replacePack(this.#packs, packId, { copy, quarantine, label });
    await this.#blocks.forget(packId);
  }

  /** Forgets the blocks of a pack and closes it. */
  forget(packId: string): Promise<void> {
    return this.#blocks.forget(packId);
  }

  /** Forgets the blocks and closes the packs. */
  close(): Promise<void> {
    return this.#blocks.close();
  }

  async #block(location: Location): Promise<Buffer> {
    try {
      return await this.#blocks.read(location);
    } catch (error) {
      const copy = isBadPack(error) ? await this.backup?.frame(location) : null;
      if (copy === null || copy === undefined) throw error;
      return copy;
    }
  }
}
