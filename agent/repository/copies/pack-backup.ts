import { link, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../support/atomic-file';
import { BulwarkError, errnoOf } from '../../support/errors';
import type { Location } from '../catalog/location';
import type { BlobId } from '../blob-id';
import type { PackFiles } from '../packs/pack-files';

/** A blob whose bytes are those that its id names. */
export interface FoundBlob {
  readonly id: BlobId;
  readonly bytes: Buffer;
}

/** Where copies of packs are kept: what cannot be read here is asked for there. */
export interface PackBackup {
  /** The plain bytes of the frame at a location, or null where no copy of it is whole. */
  frame(location: Location): Promise<Buffer | null>;
  /** Puts a whole copy in the place of a pack. @returns whether the pack is whole now */
  mend(packId: string): Promise<boolean>;
  /** Those of some blobs that lie whole in copies of packs which the store does not have any more. */
  blobs(wanted: ReadonlySet<BlobId>): AsyncIterable<FoundBlob>;
  /** Told before packs that nobody needs are deleted; rejects to keep them from being deleted. */
  dropping(packIds: readonly string[]): Promise<void>;
}

/** Whether an error says that a pack, or a part of it, cannot be read here. */
export function isBadPack(error: unknown): boolean {
  return (
    error instanceof BulwarkError &&
    (error.reason === 'pack-damaged' || error.reason === 'path-missing')
  );
}

/** Folder, in the store, of what was bad and has been replaced. Nothing reads it. */
export function quarantinePath(storePath: string): string {
  return join(storePath, 'quarantine');
}

/**
 * Puts a whole copy in the place of a bad pack, which is moved to quarantine. Whoever has the bad
 * one open still reads that.
 * @param copy path of the copy, complete and durable, on the same file system
 * @param label makes the name in the quarantine unique
 */
export async function replacePack(
  packs: PackFiles,
  packId: string,
  { copy, quarantine, label }: { copy: string; quarantine: string; label: string },
): Promise<void> {
  await mkdir(quarantine, { recursive: true, mode: 0o700 });
  try {
    // A second name for the bad one, so that there is a pack at every moment.
    await link(packs.path(packId), join(quarantine, `${packId}-${label}.pack`));
    await syncFolder(quarantine);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  await rename(copy, packs.path(packId));
  await syncFolder(packs.folder);
}
