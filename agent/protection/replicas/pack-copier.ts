import { piecesOf, type BlobStore } from '../../repository/copies/blob-store';
import { isBadPack } from '../../repository/copies/pack-backup';
import type { Repository } from '../../repository/repository';
import { packName } from '../../repository/copies/store-survey';
import { verifyPackTask } from '../../repository/verify/verify-task';
import type { WorkerPool } from '../../support/worker-pool';

/** A pack as the store has it. */
export interface PackExtent {
  readonly id: string;
  /** Bytes of it that are committed. */
  readonly length: number;
  readonly sealed: boolean;
}

/** Copies packs between the store and its replicas, and tells whole ones from damaged ones. */
export class PackCopier {
  readonly #repository: Repository;
  readonly #pool: WorkerPool;
  readonly #primary: BlobStore;

  /** @param primary the store's own folder as a blob store */
  constructor(repository: Repository, pool: WorkerPool, primary: BlobStore) {
    this.#repository = repository;
    this.#pool = pool;
    this.#primary = primary;
  }

  /** All packs that the store has committed something of. */
  extents(): PackExtent[] {
    return this.#repository.catalog
      .packs()
      .map(({ id, length, sealed }) => ({ id, length, sealed }));
  }

  /**
   * Whether a pack in a file reads back whole, to its committed end.
   * @param path of the file; the store's own without it
   */
  async isWhole(
    { id, length, sealed }: PackExtent,
    path: string | null,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const access = this.#repository.packAccess(id);
    const findings = await this.#pool.run(
      verifyPackTask,
      { packId: id, key: access.key, path: path ?? access.path, covered: length, direct: false },
      { answer: () => null, signal },
    );
    const covered = findings.tail === null || findings.tail >= length;
    return findings.faults.length === 0 && (findings.sealed || !sealed) && covered;
  }

  /**
   * Copies the committed part of one of the store's packs.
   * @returns false when the store itself does not have it whole any more
   */
  async copyTo(to: BlobStore, { id, length }: PackExtent, signal?: AbortSignal): Promise<boolean> {
    const name = packName(id);
    if (((await this.#primary.stat(name))?.bytes ?? 0) < length) return false;
    await to.put(name, { bytes: length, pieces: piecesOf(this.#primary, name, length) }, signal);
    return true;
  }

  /**
   * Puts a replica's copy of a pack in the place of the store's own, which goes to quarantine.
   * @returns whether the copy was there and whole
   */
  async mendFrom(from: BlobStore, pack: PackExtent): Promise<boolean> {
    const name = packName(pack.id);
    const copy = `packs/${pack.id}.copy`;
    try {
      const found = await from.stat(name);
      if (found === null || found.bytes < pack.length) return false;
      await this.#primary.put(copy, {
        bytes: found.bytes,
        pieces: piecesOf(from, name, found.bytes),
      });
    } catch (error) {
      if (isBadPack(error)) return false;
      throw error;
    }
    const path = this.#primary.localPath(copy);
    if (path === null || !(await this.isWhole(pack, path))) {
      await this.#primary.delete(copy);
      return false;
    }
    await this.#repository.replacePack(pack.id, path);
    return true;
  }
}
