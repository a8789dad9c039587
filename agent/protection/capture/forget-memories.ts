import type { BlobId } from '../../repository/blob-id';
import type { Catalog } from '../../repository/catalog/catalog';
import { decodeMemory } from './folder-memory';

/**
 * Forgets what the scanner remembers of roots whose trees are not alive: a capture would take over
 * from there what it finds unchanged, and the store may not have it any more.
 */
export async function forgetMemories(
  catalog: Catalog,
  isLive: (id: BlobId) => boolean,
): Promise<void> {
  for (const key of await catalog.garbage.memoryKeys()) {
    const root = catalog.folder(key, '');
    const ids = root === null ? null : decodeMemory(root).ids;
    if (ids !== null && isLive(ids.tree) && isLive(ids.times)) continue;
    const change = catalog.change();
    for (const path of (await catalog.folders(key)).keys()) change.setFolder(key, path, null);
    await change.write();
  }
}
