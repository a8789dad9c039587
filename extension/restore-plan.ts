import type { PlanStep, RestorePlan, SnapshotSummary } from '../agent/protocol/entities';
import { reasonOf } from './agent-error';
import type { Call } from './agent-link';
import { moment } from './format';
import { displayName } from './names';
import type { Step } from './pickers';
import { confirmationDetail, isEmptyPlan, planSummary, stepIcon, stepWords } from './plan-words';
import type { StageOf } from './restore-stages';
import type { Outcome } from './stages';
import type { Choice, Ui } from './ui';

/** Shows what a plan would change, in editors. */
export interface PlanPreview {
  /** One step, as a difference between now and after the restore. */
  showStep(plan: RestorePlan, step: PlanStep): Promise<void>;
  /** All steps that can be shown, in one editor. */
  showAll(plan: RestorePlan): Promise<void>;
  /** Closes what was shown: after the restore it is no longer true. */
  close(): Promise<void>;
  /** Files that the plan writes and that have unsaved changes in an editor. */
  unsaved(plan: RestorePlan): readonly string[];
}

export interface PlanStageOptions {
  readonly call: Call;
  readonly ui: Ui;
  readonly preview: PlanPreview;
  /** The name of the worktree of a snapshot. */
  readonly nameOf: (snapshot: SnapshotSummary) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type PlanStage = StageOf<'plan'>;

/** A plan that a person has seen and agreed to, or how the step ended without one. */
type Agreement =
  | { readonly kind: 'agreed'; readonly plan: RestorePlan }
  | Exclude<Outcome<never>, { kind: 'next' | 'again' }>;

type PlanChoice =
  | { readonly kind: 'restore' }
  | { readonly kind: 'all' }
  | { readonly kind: 'step'; readonly step: PlanStep };

/** Restore, last step: makes the plan, shows it, and asks the one question. */
export async function agreeOnPlan(
  options: PlanStageOptions,
  stage: PlanStage,
  step: Step,
): Promise<Agreement> {
  const { ui, nameOf, preview, now } = options;
  const name = displayName(nameOf(stage.snapshot));
  const plan = await makePlan(options, stage, name);
  if (plan === null) return { kind: 'cancelled' };
  if (isEmptyPlan(plan)) return tellNothing(ui, name, step);
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
    message: question(stage, name, now()),
    detail: confirmationDetail(plan, preview.unsaved(plan)),
    action: 'Restore',
  });
  return agreed ? { kind: 'agreed', plan } : { kind: 'cancelled' };
}

/** Asks the agent for the plan; null when the person cancels meanwhile. */
async function makePlan(
  { ui, call }: PlanStageOptions,
  { snapshot, scope }: PlanStage,
  name: string,
): Promise<RestorePlan | null> {
  const params = {
    snapshot: snapshot.id,
    ...(scope.kind === 'path' ? { paths: [scope.path] } : {}),
    ...(scope.kind === 'everything' && scope.withGitState ? { withGitState: true } : {}),
  };
  try {
    return await ui.progress(`Comparing ${name} with the snapshot`, (onProgress, signal) =>
      call('restore/plan', params, { signal, onProgress }),
    );
  } catch (error) {
    if (reasonOf(error) === 'cancelled') return null;
    throw error;
  }
}

async function tellNothing(ui: Ui, name: string, step: Step): Promise<Agreement> {
  const label = 'Nothing to restore';
  const description = `${name} already is as in the snapshot`;
  const picked = await ui.pick<null>({
    title: step.title,
    step: step.number,
    canGoBack: step.canGoBack,
    placeholder: label,
    choices: () => Promise.resolve([{ label, icon: 'check', description, value: null }]),
  });
  return picked.kind === 'chosen' ? { kind: 'done' } : picked;
}

function planChoices(plan: RestorePlan): readonly Choice<PlanChoice>[] {
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

function question({ snapshot, scope }: PlanStage, name: string, now: number): string {
  const what = scope.kind === 'path' ? `${displayName(scope.path)} in ${name}` : name;
  return `Restore ${what} to the snapshot of ${moment(snapshot.createdAt, now)}?`;
}
