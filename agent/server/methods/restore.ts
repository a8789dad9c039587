import * as entities from '../../protocol/entities';
import type { RestorePlan, RestoreResult } from '../../protocol/entities';
import type { CallContext, Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import type * as engine from '../../protection/restore/restore-engine';
import type * as restoring from '../../protection/restore/restore-context';
import type { RestoreOutcome } from '../../protection/restore/restore-run';
import { summaryOf } from './convert';

type RestoreMethods = Pick<
  Handlers,
  'snapshot/diff' | 'restore/plan' | 'restore/apply' | 'restore/undo' | 'restore/history'
>;

const STEPS_SHOWN = 5000;
const CHANGES_SHOWN = 10_000;
const HISTORY_LIMIT = 20;

/** Answers about differences and restores. */
export function restoreMethods(manager: HardeningManager): RestoreMethods {
  const { restore, snapshots, store } = manager;
  return {
    'snapshot/diff': async ({ snapshot, to, path }, { signal }) => {
      const from = await snapshots.resolve(snapshot, path);
      const other =
        to.kind === 'snapshot'
          ? await snapshots.resolve(to.snapshot, path)
          : to.kind === 'path'
            ? await manager.presentOf(to.path, null, signal)
            : await manager.presentOf(from.source.path, from.source, signal);
      const found = await snapshots.changes(from, other);
      return {
        from: summaryOf(from),
        changes: found.slice(0, CHANGES_SHOWN),
        total: found.length,
      };
    },
    'restore/plan': async ({ snapshot, path, paths, to, withGitState }, context) => {
      const record = await snapshots.resolve(snapshot, path);
      const plan = await restore.plan(
        {
          snapshot: record,
          withGitState: withGitState ?? false,
          ...(paths === undefined ? {} : { paths }),
          ...(to === undefined ? {} : { to }),
        },
        reporting(context),
      );
      return planOf(plan);
    },
    'restore/apply': async ({ plan }, context) =>
      resultOf(await manager.restored(await restore.apply(plan, reporting(context)))),
    'restore/undo': async ({ operation }, context) =>
      resultOf(await manager.restored(await restore.undo(operation, reporting(context)))),
    'restore/history': async ({ limit = HISTORY_LIMIT }) => {
      const all = await store.operations(1000);
      const undone = new Set(all.map(({ undoes }) => undoes));
      return {
        operations: all.slice(0, limit).map((record) => ({
          id: record.id,
          kind: record.kind,
          at: record.at,
          snapshot: entities.snapshotId.parse(record.snapshot),
          target: record.target,
          undo: record.undo === null ? null : entities.snapshotId.parse(record.undo),
          undone: undone.has(record.id),
          restored: record.restored,
          deleted: record.deleted,
        })),
      };
    },
  };
}

function reporting({ signal, progress }: CallContext): restoring.CallContext {
  return {
    signal,
    report: (value) => {
      progress(value);
    },
  };
}

function planOf(plan: engine.RestorePlan): RestorePlan {
  return {
    ...plan,
    snapshot: summaryOf(plan.snapshot),
    steps: plan.steps.slice(0, STEPS_SHOWN),
    gitState: [...plan.gitState],
    notes: [...plan.notes],
  };
}

/** A finished restore as the wire tells it. */
export function resultOf(outcome: RestoreOutcome): RestoreResult {
  return {
    operation: outcome.operation,
    target: outcome.target,
    restored: outcome.restored,
    deleted: outcome.deleted,
    unchanged: outcome.unchanged,
    undo: outcome.undo === null ? null : entities.snapshotId.parse(outcome.undo.id),
    verified: outcome.verified,
    notes: [...outcome.notes],
    durationMs: outcome.durationMs,
  };
}
