import * as entities from '../../protocol/entities';
import type { CallContext, Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import { keepOf, listedOf, summaryOf } from './convert';
import { progressOf } from './reading-progress';

export type BackupMethods = Pick<
  Handlers,
  | 'backup/run'
  | 'backup/schedule'
  | 'snapshot/pin'
  | 'snapshot/unpin'
  | 'snapshot/planDelete'
  | 'snapshot/delete'
  | 'store/collectGarbage'
>;

/** What is listed one by one; the counts are of all. */
const SHOWN = 1000;

/** Answers about kinds of backups, and about what is kept. */
export function backupMethods(manager: HardeningManager): BackupMethods {
  const { snapshots, keeping } = manager;
  return {
    'backup/run': async ({ kind, path }, context) => {
      const backups = await keeping.backUp(kind, path ?? null, {
        signal: context.signal,
        onProgress: progressOf(context),
      });
      return {
        backups: backups.map(({ record, proof, mended }) => ({
          snapshot: summaryOf(record),
          provenBlobs: proof.blobs,
          provenBytes: proof.bytes,
          mended,
        })),
      };
    },
    'backup/schedule': () => Promise.resolve({ kinds: keeping.schedule() }),
    'snapshot/pin': async ({ snapshot, path, reason }) => {
      const record = await snapshots.resolve(snapshot, path);
      await keeping.pin(record, true, reason ?? 'asked for');
      return listedOf(record, await keepOf(manager));
    },
    'snapshot/unpin': async ({ snapshot, path }) => {
      const record = await snapshots.resolve(snapshot, path);
      await keeping.pin(record, false, 'asked for');
      return listedOf(record, await keepOf(manager));
    },
    'snapshot/planDelete': async ({ snapshots: refs, path }) => {
      const records = [];
      for (const ref of refs) records.push(await snapshots.resolve(ref, path));
      const { records: different, notes } = await keeping.planDelete(records);
      return { snapshots: different.map(summaryOf), notes };
    },
    'snapshot/delete': async ({ snapshots: ids }) => {
      const records = [];
      for (const id of ids) records.push(await snapshots.resolve(id));
      return { deleted: await keeping.delete(records) };
    },
    'store/collectGarbage': async ({ dryRun = false, now = false }, context) => {
      const { expired, moments, garbage } = await keeping.cleanUp({
        dryRun,
        urgent: now,
        signal: context.signal,
        progress: following(context),
      });
      return {
        ...garbage,
        moments,
        packs: garbage.packs.slice(0, SHOWN),
        packsTotal: garbage.packs.length,
        expired: expired.slice(0, SHOWN).map(({ snapshot, why }) => {
          return { snapshot: summaryOf(snapshot), why };
        }),
        expiredTotal: expired.length,
      };
    },
  };
}

function following({ progress }: CallContext): (done: number, total: number) => void {
  return (done, total) => {
    progress({ phase: 'scanning', done, total, unit: 'snapshots' });
  };
}

/** Ids of snapshots as the wire has them. */
export function snapshotIdsOf(records: readonly { readonly id: string }[]): entities.SnapshotId[] {
  return records.map(({ id }) => entities.snapshotId.parse(id));
}
