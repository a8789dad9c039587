import type { VerifyReport } from '../../protocol/store-entities';
import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import { repairResultOf, statsOf, verifyReportOf } from './integrity-answers';

type StoreMethods = Pick<
  Handlers,
  'store/verify' | 'store/repair' | 'store/stats' | 'store/rebuildCatalog' | 'store/exportKey'
>;

/** Answers about the store. */
export function storeMethods({ store, integrity }: HardeningManager): StoreMethods {
  return {
    'store/verify': async (_params, { signal, progress }): Promise<VerifyReport> => {
      const found = await integrity.diagnose({
        signal,
        progress: (done, total) => {
          progress({ phase: 'verifying', done, total, unit: 'bytes' });
        },
      });
      return verifyReportOf(found);
    },
    'store/repair': async ({ plan }, { signal }) =>
      repairResultOf(await integrity.repair(plan, signal)),
    'store/stats': async () => statsOf(await store.facts()),
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
