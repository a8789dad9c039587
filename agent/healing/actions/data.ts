import type { ComponentRegistry } from '../../components/component-registry';
import type { Keeping } from '../../protection/backups/keeping';
import type { DataProtectionLayer } from '../../protection/data-protection-layer';
import type { IntegrityCare } from '../../protection/integrity/integrity-care';
import type { Restores } from '../../protection/restores';
import type { SnapshotRecord, Snapshots } from '../../protection/snapshots';
import { BulwarkError, messageOf } from '../../support/errors';
import { releaser } from '../../support/release-memory';
import type { ActionMaker, PreparedAction } from '../action';
import type { ActionName } from '../remedy';
import type { Incident } from '../incident';

export interface DataActionsOptions {
  readonly protection: Pick<DataProtectionLayer, 'guard' | 'present'>;
  readonly restores: Pick<Restores, 'plan' | 'apply'>;
  readonly snapshots: Pick<Snapshots, 'list'>;
  readonly integrity: Pick<IntegrityCare, 'diagnose' | 'repair' | 'drill'>;
  readonly keeping: Pick<Keeping, 'backUp'>;
  readonly components: ComponentRegistry;
}

const LONG_MS = 5 * 60_000;
const SHORT_MS = 10_000;
const LOOKED_AT = 50;

/** What is done to what is kept, and to all at once. */
export function dataActions(options: DataActionsOptions): Partial<Record<ActionName, ActionMaker>> {
  return {
    validate_data: validateData(options),
    repair_corruption: repairStore(options),
    rollback_changes: rollbackChanges(options),
    restore_backup: restoreBackup(options),
    emergency_shutdown: emergencyShutdown(options),
    force_garbage_collection: collectGarbage,
  };
}

/** `validate_data`: reads all of the store, or tries out a restore of a source. */
function validateData({ integrity, protection }: DataActionsOptions): ActionMaker {
  return async ({ subject }) => {
    const path =
      subject.kind === 'worktree' ? (protection.guard(subject.id)?.source.path ?? null) : null;
    if (subject.kind !== 'store' && path === null) return null;
    return {
      action: 'validate_data',
      tier: 'automatic',
      explain:
        path === null
          ? 'Read and verify all of the store'
          : `Try out a restore of ${path}, elsewhere`,
      touches: [],
      timeoutMs: LONG_MS,
      async apply({ signal, say }) {
        if (path === null) {
          const { affected } = await integrity.diagnose({ signal });
          say(`${String(affected.length)} files suffer from damage`);
        } else {
          await integrity.drill(path, signal, () => undefined);
          say('a restore was tried out');
        }
      },
    };
  };
}

/** `repair_corruption` of the store: from whole packs, protected folders and replicas. */
function repairStore({ integrity }: DataActionsOptions): ActionMaker {
  return async ({ subject }) =>
    subject.kind !== 'store'
      ? null
      : {
          action: 'repair_corruption',
          tier: 'automatic',
          explain: 'Mend the store from its packs, the protected folders and its replicas',
          touches: ['store'],
          timeoutMs: LONG_MS,
          async apply({ signal, say }) {
            const { id } = await integrity.diagnose({ signal });
            const { lost } = await integrity.repair(id, signal);
            say(`${String(lost.length)} blobs are nowhere`);
            if (lost.length > 0)
              throw new BulwarkError('store-damaged', `${String(lost.length)} blobs are nowhere`);
          },
        };
}

/** `rollback_changes`: a worktree as it was before the fault; a person says yes, and can take it back. */
function rollbackChanges(options: DataActionsOptions): ActionMaker {
  return async (incident) => {
    if (incident.trigger !== 'data-corruption' && incident.trigger !== 'asked') return null;
    const record = await snapshotBefore(options, incident);
    return record === null
      ? null
      : restoreOf(options, { record, action: 'rollback_changes', missingOnly: false });
  };
}

/** `restore_backup`: only where the folder is gone. A person says yes: it may have been meant so. */
function restoreBackup(options: DataActionsOptions): ActionMaker {
  return async (incident) => {
    const { fault, trigger, subject } = incident;
    if (subject.kind !== 'worktree') return null;
    if (fault !== 'worktree.missing' && trigger !== 'asked') return null;
    const record = options.protection.guard(subject.id)?.newest ?? null;
    return record === null
      ? null
      : restoreOf(options, { record, action: 'restore_backup', missingOnly: true });
  };
}

function restoreOf(
  { restores }: DataActionsOptions,
  order: {
    readonly record: SnapshotRecord;
    readonly action: ActionName;
    readonly missingOnly: boolean;
  },
): PreparedAction {
  const { record, action, missingOnly } = order;
  const { path } = record.source;
  const of = `snapshot ${record.id.slice(0, 8)} of ${new Date(record.createdAt).toISOString()}`;
  return {
    action,
    tier: 'approval',
    explain: missingOnly ? `Bring ${path} back from ${of}` : `Take ${path} back to ${of}`,
    touches: [path],
    timeoutMs: LONG_MS,
    async apply({ signal, keep, say }) {
      const plan = await restores.plan({ snapshot: record, withGitState: missingOnly }, { signal });
      if (missingOnly && (plan.overwrites > 0 || plan.deletes > 0))
        throw new BulwarkError('restore-refused', `${path} is not gone: something is there`);
      const outcome = await restores.apply(plan.id, { signal });
      await keep({ kind: 'restored', operation: outcome.operation });
      say(`${String(outcome.restored)} entries written, ${String(outcome.deleted)} deleted`);
    },
  };
}

/** The newest snapshot of a worktree from before its fault began. */
async function snapshotBefore(
  { snapshots }: DataActionsOptions,
  { subject, details }: Incident,
): Promise<SnapshotRecord | null> {
  if (subject.kind !== 'worktree') return null;
  const since = typeof details['since'] === 'number' ? details['since'] : Number.POSITIVE_INFINITY;
  const records = await snapshots.list({ source: subject.id, limit: LOOKED_AT });
  return records.find(({ createdAt }) => createdAt < since) ?? null;
}

/** `emergency_shutdown`: a backup of everything, then all that the agent runs stops, dependents first. */
function emergencyShutdown({ keeping, protection, components }: DataActionsOptions): ActionMaker {
  return async ({ subject }) => {
    if (subject.kind !== 'machine') return null;
    const running = components.list().filter(({ pid }) => pid !== null);
    return {
      action: 'emergency_shutdown',
      tier: 'approval',
      explain: `Back everything up, then stop ${running.map(({ id }) => id).join(', ') || 'nothing: nothing runs'}`,
      touches: running.map(({ id }) => id),
      timeoutMs: LONG_MS,
      async apply({ signal, keep, say }) {
        for (const { source } of protection.present()) {
          if (source.kind === 'repository') continue;
          // What cannot be backed up must not keep the rest from being.
          await keeping.backUp('snapshot', source.path, { signal }).then(
            () => say(`${source.path} is backed up`),
            (error: unknown) => say(`${source.path} is not backed up: ${messageOf(error)}`),
          );
        }
        await keep({ kind: 'stopped', components: running.map(({ id }) => id) });
        const stopped = await components.stopEverything('stopped in an emergency');
        say(`stopped, in this order: ${stopped.join(', ')}`);
      },
    };
  };
}

/** `force_garbage_collection` of the agent itself; never git's. */
async function collectGarbage({ subject }: Incident): Promise<PreparedAction | null> {
  return subject.kind !== 'agent'
    ? null
    : {
        action: 'force_garbage_collection',
        tier: 'automatic',
        explain: 'Give back memory that the agent does not use any more',
        touches: ['the agent’s own memory'],
        timeoutMs: SHORT_MS,
        apply: async ({ say }) => {
          const before = process.memoryUsage.rss();
          releaser('major')();
          const mib = Math.round((before - process.memoryUsage.rss()) / 1024 / 1024);
          say(`${String(mib)} MiB given back`);
        },
      };
}
