import { hashBytes, toBlobId, type BlobId } from '../blob-id';
import type { MasterKeys } from '../keys/keys';
import { listTable } from '../packs/block';
import type { Codecs } from '../packs/codec';
import { packKey } from '../packs/frame';
import { indexPack } from '../packs/index-pack';
import { headerFits, PACK_HEADER_BYTES } from '../packs/pack-header';
import { PackReader, type ReadFrame } from '../packs/pack-reader';
import { isBadPack, type FoundBlob } from './pack-backup';
import { packName } from './store-survey';
import type { FolderBlobStore } from './folder-blob-store';

/**
 * The blobs among `wanted` that a copy of a pack holds whole. The store need not know the pack any
 * more, nor with which of its keys it was written; one that none of them opens holds nothing.
 * @throws BulwarkError what reaching the copy threw, but for its absence
 */
export async function* blobsInCopy(
  store: FolderBlobStore,
  packId: string,
  { keys, codecs, wanted }: { keys: MasterKeys; codecs: Codecs; wanted: ReadonlySet<BlobId> },
): AsyncGenerator<FoundBlob> {
  const name = packName(packId);
  let reader: PackReader;
  try {
    const header = await store.get(name, { offset: 0, length: PACK_HEADER_BYTES });
    const key = [keys.master, ...keys.older]
      .map((master) => packKey(master, packId))
      .find((candidate) => headerFits(header, candidate));
    if (key === undefined) return;
    reader = await PackReader.open(store.localPath(name), packId, key, codecs);
  } catch (error) {
    if (isBadPack(error)) return;
    throw error;
  }
  try {
    for (const { offset, length, table } of (await indexPack(reader)).frames) {
      const meant = listTable(table).filter(({ id }) => wanted.has(toBlobId(id)));
      const frame = meant.length === 0 ? null : await frameOrNull(reader, offset, length);
      if (frame === null) continue;
      for (const blob of meant) {
        const bytes = frame.plain.subarray(blob.offset, blob.offset + blob.length);
        if (hashBytes(bytes).equals(blob.id)) yield { id: toBlobId(blob.id), bytes };
      }
    }
  } finally {
    await reader.close();
  }
}

async function frameOrNull(
  reader: PackReader,
  offset: number,
  length: number,
): Promise<ReadFrame | null> {
  try {
    return await reader.readFrame(offset, length);
  } catch (error) {
    if (isBadPack(error)) return null;
    throw error;
  }
}
