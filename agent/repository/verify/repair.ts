import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../support/atomic-file';
import { fileError, throwIfAborted } from '../../support/errors';
import type { WorkerPool } from '../../support/worker-pool';
import type { BlobId } from '../blob-id';
import { isCatalogDamage } from '../catalog/catalog-open-error';
import { copyOut, liesIn } from '../gc/copy-out';
import type { Location } from '../catalog/location';
import { quarantinePath } from '../copies/pack-backup';
import { packFileName } from '../packs/pack-writer';
import type { StoreRecord } from '../record';
import type { Repository } from '../repository';
import { examine, type Examination, type VerifyOptions, type VerifyReport } from './verify';

/** What a repair of the store itself would do. */
export interface RepairPlan {
  readonly report: VerifyReport;
  /** What was found in each pack. */
  readonly packs: Examination['packs'];
  /** Blobs that are whole in a pack where the catalog does not look for them. */
  readonly strays: ReadonlyMap<BlobId, Location>;
  /** Records that only the catalog still has. */
  readonly records: readonly StoreRecord[];
  /** Packs whose whole content is copied to others, and which are then moved to the quarantine. */
  readonly damagedPacks: readonly string[];
  /** Packs that the catalog knows and the disk does not have. */
  readonly missingPacks: readonly string[];
  /** Packs that are there and cannot be opened: no repair helps, a person must look. */
  readonly closedPacks: readonly string[];
  /** Blobs that are whole in no pack. */
  readonly lost: ReadonlySet<BlobId>;
  /** Whether the catalog has to be made again from the packs. */
  readonly rebuildsCatalog: boolean;
}

/** What was done in the store itself. */
export interface RepairDone {
  readonly blobsFound: number;
  readonly blobsCopied: number;
  readonly recordsWritten: number;
  /** Files to which damaged packs were moved. */
  readonly quarantined: readonly string[];
}

/** Reads the whole store and tells what a repair would do. Changes nothing. */
export async function planRepair(
  repository: Repository,
  pool: WorkerPool,
  options: VerifyOptions,
): Promise<RepairPlan> {
  const found = await examine(repository, pool, options);
  const { packs } = found;
  const ids = (which: (state: { damaged: boolean; failed: string | null }) => boolean): string[] =>
    [...packs].flatMap(([id, state]) => (which(state) ? [id] : []));
  return {
    ...found,
    damagedPacks: ids(({ damaged }) => damaged),
    missingPacks: ids(({ failed }) => failed === 'ENOENT'),
    closedPacks: ids(({ failed }) => failed !== null && failed !== 'ENOENT'),
  };
}

/**
 * As {@link planRepair}; a catalog that cannot even be read to its end is made again before.
 * @param quietly runs what must not meet a capture
 */
export async function planRepairOfAny(
  repository: Repository,
  pool: WorkerPool,
  options: VerifyOptions,
  quietly: (fn: () => Promise<void>) => Promise<void>,
): Promise<RepairPlan> {
  try {
    return await planRepair(repository, pool, options);
  } catch (error) {
    if (!isCatalogDamage(error)) throw error;
    await quietly(() => repository.rebuildCatalog());
    return await planRepair(repository, pool, options);
  }
}

/** Whether there is anything to be done, in the store itself or from outside. */
export function needsRepair(plan: RepairPlan): boolean {
  const { strays, records, damagedPacks, missingPacks, lost } = plan;
  return strays.size + lost.size + records.length + damagedPacks.length + missingPacks.length > 0;
}

/**
 * Puts right what the store can by itself: everything that is whole in a damaged pack is made
 * durable in another one, then the pack is moved away, then the catalog forgets what is nowhere.
 * At each point a crash leaves a store in which all of that is found. Nothing may capture meanwhile.
 * @throws BulwarkError `disk-full`, `permission-denied` …
 */
export async function applyRepair(
  repository: Repository,
  plan: RepairPlan,
  signal?: AbortSignal,
): Promise<RepairDone> {
  throwIfAborted(signal);
  await repository.startNewPack();
  const { catalog } = repository;
  const moved = catalog.change();
  for (const [id, location] of plan.strays) moved.setLocation(Buffer.from(id, 'hex'), location);
  await moved.write();
  // What is copied can be lost when somebody else's write fails; then this commit fails, too.
  const session = repository.begin();
  let blobsCopied = 0;
  for (const id of plan.damagedPacks) {
    throwIfAborted(signal);
    blobsCopied += (await copyOut(repository, id, liesIn(repository, id))).blobs;
  }
  await session.commit(plan.records);
  const quarantined = await quarantine(repository, plan.damagedPacks);
  const forgotten = catalog.change();
  for (const id of plan.lost) forgotten.setLocation(Buffer.from(id, 'hex'), null);
  await forgotten.write();
  const gone = [...plan.damagedPacks, ...plan.missingPacks];
  await catalog.garbage.dropPacks(gone.flatMap((id) => catalog.pack(id) ?? []));
  await catalog.garbage.deleted(gone);
  return {
    blobsFound: plan.strays.size,
    blobsCopied,
    recordsWritten: plan.records.length,
    quarantined,
  };
}

/** Which of these blobs the store has. */
export function present(repository: Repository, ids: Iterable<BlobId>): BlobId[] {
  return [...ids].filter((id) => repository.catalog.find(id) !== null);
}

async function quarantine(repository: Repository, packs: readonly string[]): Promise<string[]> {
  if (packs.length === 0) return [];
  await repository.closeReaders();
  const folder = quarantinePath(repository.path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const moved: string[] = [];
    for (const id of packs) {
      const to = join(folder, packFileName(id));
      await rename(join(repository.path, 'packs', packFileName(id)), to);
      moved.push(to);
    }
    await syncFolder(folder);
    await syncFolder(join(repository.path, 'packs'));
    await syncFolder(repository.path);
    return moved;
  } catch (error) {
    throw fileError(error, folder);
  }
}
