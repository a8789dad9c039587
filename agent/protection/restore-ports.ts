import type { SnapshotRecord } from '../repository/record';
import type { Repository } from '../repository/repository';
import { BulwarkError } from '../support/errors';
import type { DataProtectionLayer } from './data-protection-layer';
import type { PresentState, PresentTarget, RestoreEngineOptions } from './restore/restore-context';
import { sourceIdOf } from './source';

/** What of the protection a restore needs: to know and save what is there, and to be left in peace. */
type RestorePorts = Pick<
  RestoreEngineOptions,
  'present' | 'paused' | 'repositorySnapshots' | 'keep'
>;

/** How many snapshots of a repository are listed at once. */
const PAGE = 256;

export function restorePorts(
  repository: Repository,
  protection: DataProtectionLayer,
): RestorePorts {
  return {
    present: presentState(protection),
    paused: (path, change) => {
      const fn = (): ReturnType<typeof change> => protection.dataSources.whileHeld(path, change);
      const guard = protection.guards().find(({ source }) => source.path === path);
      return guard === undefined ? fn() : guard.paused(fn);
    },
    repositorySnapshots: (commonDir, before) =>
      repository.catalog.snapshots(sourceIdOf('repository', commonDir), {
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      }),
    keep: (make) =>
      protection.beside(async () => {
        const record = make(repository.catalog.nextSequence());
        await repository.commit([record]);
        return record;
      }),
  };
}

function presentState(protection: DataProtectionLayer): PresentState {
  const take = async (
    target: PresentTarget,
    request: { kind: SnapshotRecord['kind']; label: string | null; always: boolean },
    signal: AbortSignal | undefined,
  ): Promise<SnapshotRecord | null> => {
    const guard = target.kind === 'source' ? protection.guard(target.sourceId) : null;
    const order = { ...request, signal, ahead: true };
    try {
      if (target.kind === 'set') return await protection.snapshotAside(target.set, order);
      return guard === null
        ? await protection.snapshotAside(target.path, order)
        : await guard.capture(order);
    } catch (error) {
      if (error instanceof BulwarkError && error.reason === 'path-missing') return null;
      throw error;
    }
  };
  return {
    look: (target, signal) =>
      take(target, { kind: 'automatic', label: null, always: false }, signal),
    save: (target, label, signal) => take(target, { kind: 'safety', label, always: true }, signal),
  };
}
