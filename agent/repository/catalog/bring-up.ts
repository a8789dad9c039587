import { rm, stat } from 'node:fs/promises';
import { syncFolder } from '../../support/atomic-file';
import { BulwarkError, errnoOf } from '../../support/errors';
import type { Log } from '../../support/log';
import type { Catalog } from './catalog';
import type { PackEntry } from './pack-entry';
import type { PackFiles } from '../packs/pack-files';
import type { PackReader } from '../packs/pack-reader';
import { addContents, indexPack } from '../packs/index-pack';

/** What is needed of the store that is opened. */
interface Store {
  readonly catalog: Catalog;
  readonly packs: PackFiles;
}

/**
 * Ends deletions that a crash cut short, and brings the catalog up to what the packs hold: all of
 * them after it was lost, the tail after a crash.
 */
export async function bringUp(
  store: Store,
  log: Log,
  onPack?: (done: number, total: number) => void,
): Promise<void> {
  const { catalog, packs } = store;
  await endDeletions(store);
  const ids = await packs.ids();
  await packs.learnKeys(ids);
  const isNew = catalog.packs().length === 0 && ids.length > 1;
  let done = 0;
  for (const id of isNew ? await givenUpFirst(store, ids) : ids) {
    const known = catalog.pack(id);
    const { size } = await stat(packs.path(id));
    if (known === null || (!known.sealed && size > known.length))
      await index(store, log, { id, known });
    onPack?.(++done, ids.length);
  }
  await endLostDeletions(store);
}

async function index(
  store: Store,
  log: Log,
  { id, known }: { id: string; known: PackEntry | null },
): Promise<void> {
  let reader: PackReader;
  try {
    reader = await store.packs.open(id);
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw error;
    // A pack of a crash before its first flush has no whole header; it holds nothing. One that
    // cannot be read now must not keep all others shut: it is read in when it can be.
    log.warn('A pack cannot be read and was passed over', { pack: id, error });
    return;
  }
  try {
    const found = await indexPack(reader, known?.length);
    const { damaged: at, frames } = found;
    // The torn tail of an earlier crash was told when it was first met.
    if (at.length > 0 && (known === null || frames.length > 0))
      log.warn('A part of a pack is damaged', { pack: id, at });
    await addContents(store.catalog.change(), id, found);
  } finally {
    await reader.close();
  }
}

/** Packs that were given up before all others, for blobs to be found where they were copied to. */
async function givenUpFirst(store: Store, ids: readonly string[]): Promise<string[]> {
  const givenUp = new Set<string>();
  for (const id of ids) {
    try {
      const reader = await store.packs.open(id);
      try {
        for (const record of (await indexPack(reader)).records)
          if (record.type === 'tombstone') givenUp.add(record.pack);
      } finally {
        await reader.close();
      }
    } catch (error) {
      // What is wrong with it is told when it is read in.
      if (!(error instanceof BulwarkError)) throw error;
    }
  }
  return [...ids].sort((a, b) => Number(givenUp.has(b)) - Number(givenUp.has(a)));
}

async function endDeletions(store: Store): Promise<void> {
  const { garbage } = store.catalog;
  const doomed = await garbage.doomed();
  if (doomed.length === 0) return;
  const known = doomed.flatMap((id) => store.catalog.pack(id) ?? []);
  if (known.length > 0) await garbage.dropPacks(known);
  for (const id of doomed) await rm(store.packs.path(id), { force: true });
  await syncFolder(store.packs.folder);
  await garbage.deleted(doomed);
}

/** A file was deleted and the catalog, which is not flushed, has forgotten that: packs that were given up and are no more. */
async function endLostDeletions(store: Store): Promise<void> {
  const { catalog } = store;
  const gone: string[] = [];
  for (const id of catalog.garbage.tombstones.keys())
    if (!(await exists(store.packs.path(id)))) gone.push(id);
  if (gone.length === 0) return;
  await catalog.garbage.dropPacks(gone.flatMap((id) => catalog.pack(id) ?? []));
  await catalog.garbage.deleted(gone);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
