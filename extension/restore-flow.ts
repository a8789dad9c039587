import type { WorktreeInfo } from '../agent/protocol/entities';
import { displayName } from './names';
import type { PickSources, Step } from './pickers';
import { applyPlan, type ApplyOptions } from './restore-apply';
import {
  chooseEntry,
  chooseMoment,
  chooseScope,
  chooseSnapshot,
  chooseVersion,
  chooseWorktree,
} from './restore-choices';
import { agreeOnPlan, type PlanStageOptions } from './restore-plan';
import { stepOf, type Next, type RestoreStage, type StageOf } from './restore-stages';
import { runStages } from './stages';

export interface RestoreFlowOptions extends PickSources, PlanStageOptions, ApplyOptions {
  /** In the order in which they are offered. */
  readonly worktrees: () => readonly WorktreeInfo[];
}

/**
 * Runs a restore from one of its steps to its result; every step can go back.
 * Rejects with what the agent refuses, except for a cancellation.
 */
export function runRestore(
  options: RestoreFlowOptions,
  first: RestoreStage,
): Promise<'done' | 'cancelled'> {
  return runStages(first, (stage, canGoBack) => {
    const words = { nameOf: options.nameOf, now: options.now() };
    return runStage(options, stage, stepOf(stage, first, canGoBack, words));
  });
}

function runStage(options: RestoreFlowOptions, stage: RestoreStage, step: Step): Next {
  switch (stage.kind) {
    case 'worktree':
      return chooseWorktree(options, stage, step);
    case 'snapshot':
      return chooseSnapshot(options, stage, step);
    case 'moment':
      return chooseMoment(options, stage, step);
    case 'version':
      return chooseVersion(options, stage, step);
    case 'scope':
      return chooseScope(options, stage, step);
    case 'browse':
      return chooseEntry(options, stage, step);
    case 'plan':
      return restore(options, stage, step);
  }
}

async function restore(options: RestoreFlowOptions, stage: StageOf<'plan'>, step: Step): Next {
  const answer = await agreeOnPlan(options, stage, step);
  if (answer.kind !== 'agreed') return answer;
  const name = displayName(options.nameOf(stage.snapshot));
  const outcome = await applyPlan(options, answer.plan, name);
  if (outcome.kind === 'done') await options.preview.close();
  return outcome;
}
