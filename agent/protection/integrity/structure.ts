import { toBlobId, type BlobId } from '../../repository/blob-id';
import type { Repository } from '../../repository/repository';
import { SnapshotCheck } from '../../repository/verify/verify-snapshots';
import { allMoments } from './affected';
import type { Pace } from './pace';

/** So many folders are read, or so many entries of the catalog looked at, before a rest. */
const READS = 64;
const ENTRIES = 2000;

/**
 * Follows every reference of every snapshot to a blob that the catalog has, and every entry of the
 * catalog to a pack that is there. Does not read the content of files.
 * @returns what is named and is not there
 */
export async function brokenReferences(repository: Repository, pace: Pace): Promise<Set<BlobId>> {
  const broken = new Set<BlobId>();
  const sizes = await repository.packSizes();
  const { catalog } = repository;
  let seen = 0;
  for await (const { id, location } of catalog.blobs()) {
    if (++seen % ENTRIES === 0) await pace.rest(0);
    const size = location === null ? undefined : sizes.get(location.pack);
    const isThere =
      size === undefined || location === null
        ? // A pack that was begun meanwhile.
          location !== null && catalog.pack(location.pack)?.sealed === false
        : location.frameOffset + location.frameLength <= size ||
          catalog.pack(location.pack)?.sealed === false;
    if (!isThere) broken.add(toBlobId(id));
  }
  let reads = 0;
  let bytes = 0;
  const reader = {
    read: async (id: BlobId): Promise<Buffer> => {
      const blob = await repository.read(id);
      bytes += blob.length;
      if (++reads % READS === 0) {
        await pace.rest(bytes);
        bytes = 0;
      }
      return blob;
    },
  };
  const lengths = {
    lengthOf: (id: Buffer) => catalog.find(toBlobId(id))?.length ?? null,
  };
  const check = new SnapshotCheck(reader, lengths, pace.signal);
  for await (const snapshot of allMoments(repository))
    for (const { id } of await check.lacksOf(snapshot)) broken.add(id);
  return broken;
}
