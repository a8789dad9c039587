import type { OperationRecord, SnapshotRecord } from '../../repository/record';
import type { Git } from '../../worktrees/git';
import { diffTrees, type ReadBlob, type TreeRef } from './diff';
import { missingOnDisk } from './fill';
import { planGit } from './git-state';
import { NO_GIT_WORK, type GitChange } from './git-work';
import { rootOf } from './snapshot-parts';
import { Planner, type AreaWork, type PlanStep, type Policy, type StageItem } from './planner';
import type { ListSnapshots } from './repository-backups';
import type { Move } from './work';

/** What a restore is meant to do, before anything was compared. */
export interface Intent {
  readonly snapshot: SnapshotRecord;
  /** Null to go back to nothing at all. */
  readonly wanted: TreeRef | null;
  readonly target: string;
  readonly inPlace: boolean;
  readonly policy: Policy;
  /** Clean tree paths; null for everything. */
  readonly paths: readonly string[] | null;
  readonly withGitState: boolean;
  readonly undoes: OperationRecord | null;
  /** Branches that the undone restore moved. */
  readonly branches: readonly string[];
}

/** All that a restore will do, in order. */
export interface RestoreWork {
  readonly areas: readonly { readonly root: string; readonly items: readonly StageItem[] }[];
  readonly moves: readonly Move[];
  /** Of the files alone; git's part is in `gitChanges`. */
  readonly steps: readonly PlanStep[];
  readonly unchanged: number;
  readonly bytes: number;
  readonly gitChanges: readonly GitChange[];
  readonly notes: readonly string[];
  readonly lock: string | null;
}

export interface WorkContext {
  readonly read: ReadBlob;
  readonly git: Git;
  readonly scratch: string;
  readonly repositorySnapshots: ListSnapshots;
}

/** Compares what is there (`present`, null for nothing) with what is meant. */
export async function makeWork(
  intent: Intent,
  present: SnapshotRecord | null,
  context: WorkContext,
): Promise<RestoreWork> {
  let next = 0;
  const number = (): number => next++;
  const files = await filesWork(intent, present, context.read, number);
  const git =
    intent.inPlace && intent.wanted !== null && (intent.paths === null || intent.withGitState)
      ? await planGit({
          ...context,
          snapshot: intent.snapshot,
          present,
          target: intent.target,
          withGitState: intent.withGitState,
          branches: intent.branches,
          firstArea: 1,
          number,
        })
      : NO_GIT_WORK;
  return {
    areas: [
      { root: intent.target, items: files.items },
      ...git.areas.map(({ root, work }) => ({ root, items: work.items })),
    ],
    moves: [
      ...git.first,
      ...files.removes,
      ...files.puts,
      ...git.then,
      ...deepestFirst([...files.finishes, ...git.finishes]),
    ],
    steps: files.steps,
    unchanged: files.unchanged,
    bytes: files.bytes + git.areas.reduce((sum, { work }) => sum + work.bytes, 0),
    gitChanges: git.changes,
    notes: [...files.notes, ...git.notes],
    lock: git.lock,
  };
}

async function filesWork(
  { wanted, target, policy, paths }: Intent,
  present: SnapshotRecord | null,
  read: ReadBlob,
  number: () => number,
): Promise<AreaWork> {
  const planner = new Planner({ area: 0, policy, atomic: false, number });
  const steps =
    policy === 'fill' && wanted !== null
      ? missingOnDisk(read, wanted, target, () => false)
      : diffTrees(read, rootOf(present, 'files'), wanted, paths ?? undefined);
  for await (const step of steps) planner.add(step);
  return planner.finish();
}

/** A folder's time is set after all that is done in it. */
function deepestFirst(moves: readonly Move[]): Move[] {
  const depth = (move: Move): number => ('path' in move ? move.path.split('/').length : 0);
  return [...moves].sort((a, b) => depth(b) - depth(a));
}
