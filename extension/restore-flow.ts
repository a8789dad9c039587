import type {
  PlanStep,
  RestorePlan,
  RestoreResult,
  SnapshotSummary,
  WorktreeInfo,
} from '../agent/protocol/entities';
import { reasonOf } from './agent-error';
import type { Call } from './agent-link';
import { moment } from './format';
import { displayName } from './names';
import type { OwnWork } from './own-work';
import {
  pickEntry,
  pickSnapshot,
  pickVersion,
  pickWorktree,
  type PickSources,
  type Step,
} from './pickers';
import { confirmationDetail, isEmptyPlan, planSummary, stepIcon, stepWords } from './plan-words';
import { snapshotTitle } from './snapshot-words';
import { runStages, type Outcome } from './stages';
import type { Choice } from './ui';

/** What of a snapshot is restored. */
export type Scope =
  | { readonly kind: 'everything'; readonly withGitState: boolean }
  | { readonly kind: 'path'; readonly path: string };

/** The steps of a restore; a flow may begin at any of them. */
export type RestoreStage =
  | { readonly kind: 'worktree'; readonly want: Want }
  | { readonly kind: 'snapshot'; readonly worktree: WorktreeInfo; readonly want: Want }
  | {
      readonly kind: 'version';
      readonly worktree: WorktreeInfo;
      readonly path: string;
      readonly others: boolean;
    }
  | { readonly kind: 'scope'; readonly snapshot: SnapshotSummary }
  | {
      readonly kind: 'browse';
      readonly snapshot: SnapshotSummary;
      readonly want: 'file' | 'folder';
      readonly path: string;
    }
  | { readonly kind: 'plan'; readonly snapshot: SnapshotSummary; readonly scope: Scope };

/** What the person came for: anything, one file, or a folder that is known already. */
export type Want =
  | { readonly kind: 'anything' }
  | { readonly kind: 'file' }
  | { readonly kind: 'path'; readonly path: string };

/** Shows what a plan would change, in editors. */
export interface PlanPreview {
  /** One step, as a difference between now and after the restore. */
  showStep(plan: RestorePlan, step: PlanStep): Promise<void>;
  /** All steps that can be shown, in one editor. */
  showAll(plan: RestorePlan): Promise<void>;
  /** Files that the plan writes and that have unsaved changes in an editor. */
  unsaved(plan: RestorePlan): readonly string[];
}

export interface RestoreFlowOptions extends PickSources {
  readonly call: Call;
  readonly own: OwnWork;
  readonly preview: PlanPreview;
  /** In the order in which they are offered. */
  readonly worktrees: () => readonly WorktreeInfo[];
  /** The name of the worktree of a snapshot. */
  readonly nameOf: (snapshot: SnapshotSummary) => string;
  /** Called after a restore, without being waited for. */
  readonly onRestored: (result: RestoreResult, name: string) => void;
}

const ORDER: Readonly<Record<RestoreStage['kind'], number>> = {
  worktree: 1,
  snapshot: 2,
  version: 3,
  scope: 3,
  browse: 3,
  plan: 4,
};

type PlanStage = RestoreStage & { readonly kind: 'plan' };
type Next = Promise<Outcome<RestoreStage>>;

/** Restoring, from the choice of a worktree to the result; every step can go back. */
export class RestoreFlow {
  readonly #options: RestoreFlowOptions;
  readonly #first: RestoreStage;

  constructor(options: RestoreFlowOptions, first: RestoreStage) {
    this.#options = options;
    this.#first = first;
  }

  /** Runs the flow. Rejects with what the agent refuses, except for a cancellation. */
  async run(): Promise<'done' | 'cancelled'> {
    return runStages(this.#first, (stage, canGoBack) => this.#stage(stage, canGoBack));
  }

  #stage(stage: RestoreStage, canGoBack: boolean): Next {
    switch (stage.kind) {
      case 'worktree':
        return this.#worktree(stage.want, this.#step(stage, canGoBack));
      case 'snapshot':
        return this.#snapshot(stage, this.#step(stage, canGoBack));
      case 'version':
        return this.#version(stage, this.#step(stage, canGoBack));
      case 'scope':
        return this.#scope(stage.snapshot, this.#step(stage, canGoBack));
      case 'browse':
        return this.#browse(stage, this.#step(stage, canGoBack));
      case 'plan':
        return this.#plan(stage, this.#step(stage, canGoBack));
    }
  }

  #step(stage: RestoreStage, canGoBack: boolean): Step {
    const begin = ORDER[this.#first.kind];
    const { nameOf, now } = this.#options;
    let title = 'Restore';
    if ('snapshot' in stage) {
      title = `Restore from ${snapshotTitle(stage.snapshot, nameOf(stage.snapshot), now())}`;
    } else if (stage.kind !== 'worktree') title = `Restore ${displayName(stage.worktree.name)}`;
    const at = Math.max(1, ORDER[stage.kind] - begin + 1);
    return { title, number: [at, Math.max(at, ORDER.plan - begin + 1)], canGoBack };
  }

  async #worktree(want: Want, step: Step): Next {
    const picked = await pickWorktree(this.#options, step, this.#options.worktrees());
    if (picked.kind !== 'chosen') return picked;
    return next({ kind: 'snapshot', worktree: picked.value, want });
  }

  async #snapshot(stage: RestoreStage & { kind: 'snapshot' }, step: Step): Next {
    const picked = await pickSnapshot(this.#options, step, stage.worktree);
    if (picked.kind !== 'chosen') return picked;
    const snapshot = picked.value;
    if (snapshot === 'more') {
      await this.#options.lists.loadMore(stage.worktree);
      return { kind: 'again' };
    }
    switch (stage.want.kind) {
      case 'anything':
        return next({ kind: 'scope', snapshot });
      case 'file':
        return next({ kind: 'browse', snapshot, want: 'file', path: '' });
      case 'path':
        return next({ kind: 'plan', snapshot, scope: { kind: 'path', path: stage.want.path } });
    }
  }

  async #version(stage: RestoreStage & { kind: 'version' }, step: Step): Next {
    const picked = await pickVersion(this.#options, step, stage, stage.others);
    if (picked.kind !== 'chosen') return picked;
    switch (picked.value.kind) {
      case 'more':
        await this.#options.lists.loadMore(stage.worktree);
        return { kind: 'again' };
      case 'other-file':
        return next({ kind: 'worktree', want: { kind: 'file' } });
      case 'version': {
        const { snapshot } = picked.value.version;
        return next({ kind: 'plan', snapshot, scope: { kind: 'path', path: stage.path } });
      }
    }
  }

  async #scope(snapshot: SnapshotSummary, step: Step): Next {
    const choices: Choice<RestoreStage>[] = [
      {
        label: 'Whole worktree',
        icon: 'root-folder',
        description: 'every file; what is not in the snapshot is deleted',
        value: { kind: 'plan', snapshot, scope: { kind: 'everything', withGitState: false } },
      },
      {
        label: 'Folder…',
        icon: 'folder',
        description: 'one folder with everything in it',
        value: { kind: 'browse', snapshot, want: 'folder', path: '' },
      },
      {
        label: 'File…',
        icon: 'file',
        description: 'one file',
        value: { kind: 'browse', snapshot, want: 'file', path: '' },
      },
    ];
    if (snapshot.head !== null || snapshot.branch !== null) {
      choices.push({
        label: 'Whole worktree and git state',
        icon: 'git-branch',
        description: 'HEAD, index and branch go back too',
        value: { kind: 'plan', snapshot, scope: { kind: 'everything', withGitState: true } },
      });
    }
    const picked = await this.#options.ui.pick<RestoreStage>({
      title: step.title,
      step: step.number,
      canGoBack: step.canGoBack,
      placeholder: 'Choose what to restore. Nothing is changed before you have seen the plan.',
      choices: () => Promise.resolve(choices),
    });
    return picked.kind === 'chosen' ? next(picked.value) : picked;
  }

  async #browse(stage: RestoreStage & { kind: 'browse' }, step: Step): Next {
    const { snapshot, want } = stage;
    const place = { snapshot: snapshot.id, path: stage.path };
    const picked = await pickEntry(this.#options, step, place, want);
    if (picked.kind !== 'chosen') return picked;
    const { kind, path } = picked.value;
    if (kind === 'folder') return next({ kind: 'browse', snapshot, want, path });
    return next({ kind: 'plan', snapshot, scope: { kind: 'path', path } });
  }

  async #plan(stage: PlanStage, step: Step): Next {
    const { ui, nameOf, preview } = this.#options;
    const name = displayName(nameOf(stage.snapshot));
    const plan = await this.#makePlan(stage, name);
    if (plan === null) return { kind: 'cancelled' };
    if (isEmptyPlan(plan)) return this.#nothing(name, step);
    const picked = await ui.pick<PlanChoice>({
      title: step.title,
      step: step.number,
      canGoBack: step.canGoBack,
      placeholder: 'Look at the changes, then choose Restore…',
      choices: () => Promise.resolve(planChoices(plan)),
      async onChoose(choice) {
        if (choice.kind === 'restore') return 'close';
        if (choice.kind === 'step') await preview.showStep(plan, choice.step);
        else await preview.showAll(plan);
        return 'stay';
      },
    });
    if (picked.kind !== 'chosen') return picked;
    const agreed = await ui.confirm({
      message: confirmationMessage(stage, name, this.#options.now()),
      detail: confirmationDetail(plan, preview.unsaved(plan)),
      action: 'Restore',
    });
    return agreed ? this.#apply(plan, name) : { kind: 'cancelled' };
  }

  async #nothing(name: string, step: Step): Next {
    const label = 'Nothing to restore';
    const picked = await this.#options.ui.pick<null>({
      title: step.title,
      step: step.number,
      canGoBack: step.canGoBack,
      placeholder: label,
      choices: () =>
        Promise.resolve([
          {
            label,
            icon: 'check',
            description: `${name} already is as in the snapshot`,
            value: null,
          },
        ]),
    });
    return picked.kind === 'chosen' ? { kind: 'done' } : picked;
  }

  #makePlan(stage: PlanStage, name: string): Promise<RestorePlan | null> {
    const { ui, call } = this.#options;
    const { snapshot, scope } = stage;
    return ui.progress(`Comparing ${name} with the snapshot`, (onProgress, signal) =>
      unlessCancelled(
        call(
          'restore/plan',
          {
            snapshot: snapshot.id,
            ...(scope.kind === 'path' ? { paths: [scope.path] } : {}),
            ...(scope.kind === 'everything' && scope.withGitState ? { withGitState: true } : {}),
          },
          { signal, onProgress },
        ),
      ),
    );
  }

  async #apply(plan: RestorePlan, name: string): Next {
    const { ui, call, own, onRestored } = this.#options;
    try {
      const result = await ui.progress(`Restoring ${name}`, (onProgress, signal) =>
        own.run(() => call('restore/apply', { plan: plan.id }, { signal, onProgress })),
      );
      onRestored(result, name);
      return { kind: 'done' };
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === 'cancelled') return { kind: 'cancelled' };
      if (reason !== 'plan-stale') throw error;
      const message = `Files of ${name} changed since the plan was made. Nothing was restored.`;
      const answer = await ui.notify('warning', message, ['Show New Plan']);
      return answer === undefined ? { kind: 'cancelled' } : { kind: 'again' };
    }
  }
}

type PlanChoice =
  | { readonly kind: 'restore' }
  | { readonly kind: 'all' }
  | { readonly kind: 'step'; readonly step: PlanStep };

function planChoices(plan: RestorePlan): Choice<PlanChoice>[] {
  const choices: Choice<PlanChoice>[] = [
    {
      label: 'Restore…',
      icon: 'check',
      description: planSummary(plan),
      value: { kind: 'restore' },
    },
  ];
  if (plan.steps.some((step) => step.kind === 'file' && step.action !== 'mode')) {
    choices.push({
      label: 'Show all changes',
      icon: 'diff-multiple',
      description: 'in one editor',
      value: { kind: 'all' },
    });
  }
  plan.steps.forEach((step, i) => {
    choices.push({
      label: displayName(step.path),
      icon: stepIcon(step),
      description: stepWords(step),
      value: { kind: 'step', step },
      ...(i === 0 ? { group: 'Changes' } : {}),
    });
  });
  return choices;
}

function confirmationMessage({ snapshot, scope }: PlanStage, name: string, now: number): string {
  const what = scope.kind === 'path' ? `${displayName(scope.path)} in ${name}` : name;
  return `Restore ${what} to the snapshot of ${moment(snapshot.createdAt, now)}?`;
}

function next(stage: RestoreStage): Outcome<RestoreStage> {
  return { kind: 'next', stage };
}

async function unlessCancelled<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (reasonOf(error) === 'cancelled') return null;
    throw error;
  }
}
