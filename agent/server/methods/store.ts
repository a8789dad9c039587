import * as entities from '../../protocol/entities';
import type { VerifyReport } from '../../protocol/entities';
import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';

type StoreMethods = Pick<
  Handlers,
  'store/verify' | 'store/stats' | 'store/rebuildCatalog' | 'store/exportKey'
>;

/** Answers about the store. */
export function storeMethods({ store }: HardeningManager): StoreMethods {
  return {
    'store/verify': async (_params, { signal, progress }): Promise<VerifyReport> => {
      const report = await store.verify({
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
    'store/stats': () => store.facts(),
    'store/rebuildCatalog': async (_params, { progress }) => {
      const durationMs = await store.rebuildCatalog((done, total) => {
        progress({ phase: 'reading', done, total, unit: 'packs' });
      });
      const { packs, blobs, snapshots } = await store.facts();
      return { packs, blobs, snapshots, durationMs };
    },
    'store/exportKey': () => Promise.resolve(store.exportKey()),
  };
}
