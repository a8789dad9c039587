import type { ReplicaInfo } from '../../protocol/replica-entities';
import type { CallContext, Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import type { ReplicaView } from '../../protection/replicas/replicas';
import type { MirrorWork } from '../../protection/replicas/mirror';

type ReplicaMethods = Pick<
  Handlers,
  'replica/add' | 'replica/remove' | 'replica/status' | 'replica/sync' | 'replica/verify'
>;

/** Answers about the replicas of the store. */
export function replicaMethods({ replicas }: HardeningManager): ReplicaMethods {
  return {
    'replica/add': async ({ path }, context) =>
      infoOf(await replicas.add(path, workOf(context, 'copying'))),
    'replica/remove': async ({ path }) => {
      await replicas.remove(path);
      return {};
    },
    'replica/status': async () => ({ replicas: (await replicas.views()).map(infoOf) }),
    'replica/sync': async ({ path = null }, context) => {
      const views = await replicas.sync(path, workOf(context, 'copying'));
      return { replicas: views.map(infoOf) };
    },
    'replica/verify': async ({ path = null }, context) => {
      const views = await replicas.verify(path, workOf(context, 'verifying'));
      return { replicas: views.map(infoOf) };
    },
  };
}

function workOf({ signal, progress }: CallContext, phase: 'copying' | 'verifying'): MirrorWork {
  return {
    signal,
    progress: (done, total) => {
      progress({ phase, done, total, unit: 'bytes' });
    },
  };
}

function infoOf({ entry, holdings, verified, ...view }: ReplicaView): ReplicaInfo {
  return {
    path: entry.path,
    addedAt: entry.addedAt,
    holds: holdings,
    ...view,
    verified:
      verified === null
        ? null
        : {
            at: verified.at,
            packs: verified.report.packs,
            bytes: verified.report.bytes,
            damaged: [...verified.report.damaged],
            repaired: [...verified.report.repaired],
          },
  };
}
