import * as entities from '../../protocol/entities';
import type { StoreStats, VerifyReport } from '../../protocol/entities';
import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import { filesRoot } from '../../protection/snapshots';
import { recoveryKey } from '../../repository/keys';
import { verify } from '../../repository/verify';
import type { Clock } from '../../support/clock';
import type { WorkerPool } from '../../support/worker-pool';

type StoreMethods = Pick<
  Handlers,
  'store/verify' | 'store/stats' | 'store/rebuildCatalog' | 'store/exportKey'
>;

/** Answers about the store. */
export function storeMethods(
  manager: HardeningManager,
  { pool, clock }: { pool: WorkerPool; clock: Clock },
): StoreMethods {
  const { repository } = manager;
  return {
    'store/verify': async (_params, { signal, progress }): Promise<VerifyReport> => {
      const report = await verify(repository, pool, {
        clock,
        signal,
        progress: (done, total) => {
          progress({ phase: 'verifying', done, total, unit: 'bytes' });
        },
      });
      return {
        ...report,
        errors: report.errors.map((error) => ({
          ...error,
          snapshots: error.snapshots.map((id) => entities.snapshotId.parse(id)),
        })),
      };
    },
    'store/stats': () => storeStats(manager),
    'store/rebuildCatalog': async (_params, { progress }) => {
      const started = clock.monotonic();
      await manager.protection.exclusively(() =>
        repository.rebuildCatalog((done, total) => {
          progress({ phase: 'reading', done, total, unit: 'packs' });
        }),
      );
      const { packs, blobs, snapshots } = await storeStats(manager);
      return { packs, blobs, snapshots, durationMs: clock.monotonic() - started };
    },
    'store/exportKey': () =>
      Promise.resolve({ key: recoveryKey(repository.keys), keyFile: repository.keys.keyFile }),
  };
}

/** Sizes and counts of the store. */
export async function storeStats({ repository }: HardeningManager): Promise<StoreStats> {
  const packs = repository.catalog.packs();
  let snapshots = 0;
  let protectedBytes = 0;
  for await (const record of repository.catalog.allSnapshots()) {
    snapshots += 1;
    protectedBytes += filesRoot(record).totals.bytes;
  }
  return {
    path: repository.path,
    packs: packs.length,
    blobs: packs.reduce((sum, pack) => sum + pack.blobs, 0),
    blobBytes: packs.reduce((sum, pack) => sum + pack.blobBytes, 0),
    snapshots,
    protectedBytes,
    codec: repository.codec,
    ...(await repository.sizes()),
  };
}
