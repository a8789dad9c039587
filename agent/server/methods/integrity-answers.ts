import * as entities from '../../protocol/entities';
import type {
  AffectedPath,
  DrillReport,
  RepairResult,
  StoreStats,
  VerifyReport,
} from '../../protocol/store-entities';
import type { AffectedPath as Affected } from '../../protection/integrity/affected';
import type { KeptDrill } from '../../protection/integrity/drills';
import type { NamedDiagnosis } from '../../protection/integrity/integrity-care';
import type { RepairOutcome } from '../../protection/integrity/store-repair';
import type { StoreFacts } from '../../protection/store-care';

const PATHS_SHOWN = 1000;
const SNAPSHOTS_SHOWN = 100;

/** The store's sizes and its integrity as the wire tells them. */
export function statsOf(facts: StoreFacts): StoreStats {
  const { structure, meaning, damage, ...rest } = facts.integrity;
  return { ...facts, integrity: { ...rest, structure, meaning, damage } };
}

/** A verification, with what a repair would do. */
export function verifyReportOf({ id, plan, affected, searched }: NamedDiagnosis): VerifyReport {
  const { report } = plan;
  return {
    ...report,
    errors: report.errors.map((error) => ({
      ...error,
      snapshots: error.snapshots.map((snapshot) => entities.snapshotId.parse(snapshot)),
    })),
    affected: affected.slice(0, PATHS_SHOWN).map(affectedOf),
    affectedTotal: affected.length,
    repair: report.ok
      ? null
      : {
          id,
          strays: plan.strays.size,
          records: plan.records.length,
          packs: [...plan.damagedPacks],
          missingPacks: [...plan.missingPacks],
          closedPacks: [...plan.closedPacks],
          rebuildsCatalog: plan.rebuildsCatalog,
          lost: plan.lost.size,
          searched: [...searched],
        },
  };
}

export function repairResultOf(outcome: RepairOutcome): RepairResult {
  return {
    found: outcome.blobsFound,
    copied: outcome.blobsCopied,
    records: outcome.recordsWritten,
    quarantined: [...outcome.quarantined],
    fromWorktrees: outcome.fromWorktrees.map((found) => ({ ...found })),
    fromReplicas: outcome.fromReplicas,
    catalogRebuilt: outcome.catalogRebuilt,
    lost: outcome.lost.length,
    affected: outcome.affected.slice(0, PATHS_SHOWN).map(affectedOf),
    affectedTotal: outcome.affected.length,
    closedPacks: [...outcome.closedPacks],
  };
}

export function drillReportOf(drill: KeptDrill): DrillReport {
  return {
    ok: drill.ok,
    at: drill.at,
    durationMs: drill.durationMs,
    sources: drill.sources.map(({ path, sourceId, snapshot, files, problems, ...rest }) => ({
      ...rest,
      source: entities.sourceId.parse(sourceId),
      worktree: path,
      snapshot: snapshot === null ? null : entities.snapshotId.parse(snapshot.id),
      createdAt: snapshot?.createdAt ?? null,
      entries: files,
      problems: [...problems],
    })),
  };
}

function affectedOf({ source, sourceId, snapshots, ...rest }: Affected): AffectedPath {
  return {
    ...rest,
    source: entities.sourceId.parse(sourceId),
    worktree: source,
    snapshots: snapshots.slice(-SNAPSHOTS_SHOWN).map((id) => entities.snapshotId.parse(id)),
  };
}
