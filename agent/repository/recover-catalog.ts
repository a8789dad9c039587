import { stat } from 'node:fs/promises';
import { BulwarkError } from '../support/errors';
import type { Log } from '../support/log';
import type { Catalog } from './catalog';
import type { PackEntry } from './pack-entry';
import type { PackFiles } from './pack-files';
import type { PackReader } from './pack-reader';
import { indexPack } from './recover';

/** Brings the catalog up to what the packs hold: all of them after it was lost, the tail after a crash. */
export async function recoverCatalog(
  catalog: Catalog,
  packs: PackFiles,
  log: Log,
  onPack?: (done: number, total: number) => void,
): Promise<void> {
  const ids = await packs.ids();
  await packs.learnKeys(ids);
  let done = 0;
  for (const id of ids) {
    const known = catalog.pack(id);
    const size = (await stat(packs.path(id))).size;
    if (known === null || (!known.sealed && size > known.length))
      await index(catalog, packs, log, { id, known });
    onPack?.(++done, ids.length);
  }
}

async function index(
  catalog: Catalog,
  packs: PackFiles,
  log: Log,
  { id, known }: { id: string; known: PackEntry | null },
): Promise<void> {
  let reader: PackReader;
  try {
    reader = await packs.open(id);
  } catch (error) {
    // A pack of a crash before its first flush has no whole header; it holds nothing.
    if (!(error instanceof BulwarkError) || error.reason !== 'pack-damaged') throw error;
    log.warn('A pack cannot be read and was passed over', { pack: id, error });
    return;
  }
  try {
    const { frames, records, sealed, end, damaged } = await indexPack(reader, known?.length);
    // The torn tail of an earlier crash was told when it was first met.
    if (damaged.length > 0 && (known === null || frames.length > 0))
      log.warn('A part of a pack does not verify', { pack: id, offsets: damaged });
    const change = catalog.change();
    for (const frame of frames) change.addFrame(id, frame);
    for (const record of records) change.addRecord(record);
    change.coverPack(id, end, sealed);
    await change.write();
  } finally {
    await reader.close();
  }
}
