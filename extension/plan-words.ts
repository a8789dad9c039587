import type { PlanStep, RestorePlan, RestoreResult } from '../agent/protocol/entities';
import { byteSize, count, someOf } from './format';
import { displayName } from './names';

const NAMES_IN_DIALOG = 8;

const ACTION_WORDS: Readonly<Record<PlanStep['action'], string>> = {
  create: 'comes back',
  overwrite: 'is overwritten',
  delete: 'is deleted',
  mode: 'gets its permissions back',
};

const ACTION_ICONS: Readonly<Record<PlanStep['action'], string>> = {
  create: 'diff-added',
  overwrite: 'diff-modified',
  delete: 'diff-removed',
  mode: 'lock',
};

/** Whether applying the plan would change anything. */
export function isEmptyPlan(plan: RestorePlan): boolean {
  return (
    plan.creates + plan.overwrites + plan.deletes === 0 &&
    plan.steps.length === 0 &&
    plan.gitState.length === 0
  );
}

/** The plan in one line: `7 come back, 3 overwritten, 2 deleted`. */
export function planSummary(plan: RestorePlan): string {
  const parts: string[] = [];
  if (plan.creates > 0) parts.push(`${plan.creates.toLocaleString('en')} to create`);
  if (plan.overwrites > 0) parts.push(`${plan.overwrites.toLocaleString('en')} to overwrite`);
  if (plan.deletes > 0) parts.push(`${plan.deletes.toLocaleString('en')} to delete`);
  if (plan.gitState.length > 0) parts.push('git state');
  if (parts.length === 0) parts.push('permissions only');
  return plan.bytes > 0 ? `${parts.join(', ')} · ${byteSize(plan.bytes)}` : parts.join(', ');
}

/** What happens to the entry of a step. */
export function stepWords(step: PlanStep): string {
  return ACTION_WORDS[step.action];
}

/** Name of the product icon of a step. */
export function stepIcon(step: PlanStep): string {
  return ACTION_ICONS[step.action];
}

/** The body of the question before a restore: exactly what is overwritten and deleted. */
export function confirmationDetail(plan: RestorePlan, unsaved: readonly string[]): string {
  const lines: string[] = [];
  const overwritten = named(plan, 'overwrite');
  const deleted = named(plan, 'delete');
  if (plan.overwrites > 0) {
    lines.push(
      `Overwrites ${count(plan.overwrites, 'item')}: ${someOf(overwritten, plan.overwrites, NAMES_IN_DIALOG)}.`,
    );
  }
  if (plan.deletes > 0) {
    lines.push(
      `Deletes ${count(plan.deletes, 'item')}: ${someOf(deleted, plan.deletes, NAMES_IN_DIALOG)}.`,
    );
  }
  if (plan.overwrites + plan.deletes === 0) lines.push('Overwrites and deletes nothing.');
  if (plan.creates > 0) lines.push(`Creates ${count(plan.creates, 'item')}.`);
  for (const change of plan.gitState) lines.push(`Git: ${gitWords(change)}.`);
  if (unsaved.length > 0) {
    lines.push(
      `Unsaved in an editor, and left there: ${someOf(unsaved, unsaved.length, NAMES_IN_DIALOG)}.`,
    );
  }
  lines.push(...plan.notes.map(displayName));
  lines.push('The present state is saved first: Undo brings it back.');
  return lines.join('\n');
}

/** What was done, for the notification after a restore. */
export function resultSummary(result: RestoreResult, worktree: string): string {
  const parts = [`Restored ${count(result.restored, 'item')} in ${displayName(worktree)}`];
  if (result.deleted > 0) parts.push(`deleted ${result.deleted.toLocaleString('en')}`);
  const notes = result.notes.map((note) => ` ${displayName(note)}`).join('');
  const checked = result.verified
    ? 'Everything was read back and compared.'
    : 'It could not be verified.';
  return `${parts.join(', ')}. ${checked}${notes}`;
}

function named(plan: RestorePlan, action: PlanStep['action']): string[] {
  return plan.steps.filter((step) => step.action === action).map((step) => displayName(step.path));
}

function gitWords({ what, from, to }: RestorePlan['gitState'][number]): string {
  const name = displayName(what);
  if (to === null) return `${name} is removed`;
  if (from === to) return `${name} is replaced`;
  if (from === null) return `${name} comes back`;
  return `${name} goes from ${refWords(from)} to ${refWords(to)}`;
}

function refWords(ref: string): string {
  return /^[0-9a-f]{40,64}$/.test(ref) ? ref.slice(0, 10) : displayName(ref);
}
