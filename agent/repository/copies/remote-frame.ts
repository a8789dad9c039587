import type { BlobStore } from './blob-store';
import type { Location } from '../catalog/location';
import type { Codecs } from '../packs/codec';
import { openFrame, parseFrameHeader } from '../packs/frame';
import { isBadPack } from './pack-backup';
import { packName } from './store-survey';

/**
 * The plain bytes of a frame of a copied pack, or null where the copy does not hold it whole.
 * @param key of the pack
 * @throws BulwarkError what reaching the copy threw, but for its absence
 */
export async function frameIn(
  store: BlobStore,
  location: Location,
  key: Uint8Array,
  codecs: Codecs,
): Promise<Buffer | null> {
  const { pack, frameOffset, frameLength } = location;
  try {
    const range = { offset: frameOffset, length: frameLength };
    const bytes = await store.get(packName(pack), range);
    const header = parseFrameHeader(bytes);
    if (header === null) return null;
    return codecs.decode(header.codec, openFrame(key, header, bytes), header.plainLength);
  } catch (error) {
    if (isBadPack(error)) return null;
    throw error;
  }
}
