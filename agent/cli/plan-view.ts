import type { PlanStep, RestorePlan, RestoreResult } from '../protocol/entities';
import { displayName } from '../support/names';
import {
  displayPath,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  plural,
  shortenMiddle,
  shortId,
} from './format';
import { isSourceName } from './paths';
import { where, type ViewContext } from './snapshot-view';
import { printable, type Style } from './style';

/** How many paths of each kind are shown. */
const LISTED = 20;

const ACTIONS: readonly {
  readonly action: PlanStep['action'];
  readonly mark: string;
  readonly title: string;
  readonly paint: keyof Style;
}[] = [
  { action: 'delete', mark: '-', title: 'delete', paint: 'red' },
  { action: 'overwrite', mark: '~', title: 'overwrite', paint: 'yellow' },
  { action: 'create', mark: '+', title: 'create', paint: 'green' },
  { action: 'mode', mark: '%', title: 'change the permissions of', paint: 'cyan' },
];

/** Whether a plan would change nothing at all. */
export function isEmptyPlan(plan: RestorePlan): boolean {
  return (
    plan.creates + plan.overwrites + plan.deletes === 0 &&
    plan.steps.length === 0 &&
    plan.gitState.length === 0
  );
}

/** What a restore would do, in full sentences and with the first paths of each kind. */
export function planLines(plan: RestorePlan, view: ViewContext): string[] {
  const { style } = view;
  const { snapshot } = plan;
  const lines = [
    `Restore ${style.bold(shortId(snapshot.id))} of ${where(snapshot, view)}, ` +
      `taken ${formatAge(snapshot.createdAt, view.now)}` +
      (snapshot.label === null ? '' : `, "${displayName(snapshot.label)}"`),
    `  ${plan.inPlace ? 'in' : 'into'} ${displayPath(plan.target, view.homedir)}`,
    `  ${summary(plan)}`,
  ];
  for (const { action, mark, title, paint } of ACTIONS) {
    const steps = plan.steps.filter((step) => step.action === action);
    if (steps.length === 0) continue;
    lines.push('', `Would ${title}:`);
    for (const step of steps.slice(0, LISTED))
      lines.push(`  ${style[paint](mark)} ${stepText(step, view)}`);
    const rest = countOf(plan, action, steps.length) - Math.min(LISTED, steps.length);
    if (rest > 0) lines.push(style.dim(`  … and ${formatCount(rest)} more`));
  }
  if (plan.gitState.length > 0) {
    lines.push('', 'In git:');
    for (const { what, from, to } of plan.gitState)
      lines.push(`  ${displayName(what)}: ${gitValue(from)} → ${gitValue(to)}`);
  }
  if (plan.notes.length > 0)
    lines.push('', ...plan.notes.map((note) => `Note: ${printable(note)}`));
  return lines;
}

function summary(plan: RestorePlan): string {
  return (
    `${formatCount(plan.creates)} to create, ${formatCount(plan.overwrites)} to overwrite, ` +
    `${formatCount(plan.deletes)} to delete, ${formatCount(plan.unchanged)} as they are; ` +
    `${formatBytes(plan.bytes)} to write`
  );
}

function countOf(plan: RestorePlan, action: PlanStep['action'], listed: number): number {
  switch (action) {
    case 'create':
      return plan.creates;
    case 'overwrite':
      // The plan counts changed permissions with what is overwritten, or not at all.
      return Math.max(listed, plan.overwrites - modeSteps(plan));
    case 'delete':
      return plan.deletes;
    case 'mode':
      return listed;
  }
}

function modeSteps(plan: RestorePlan): number {
  return plan.steps.filter((step) => step.action === 'mode').length;
}

function stepText(step: PlanStep, view: ViewContext): string {
  const path = shortenMiddle(displayName(step.path), Math.max(30, view.columns - 20));
  if (step.kind === 'folder') return `${path}/`;
  if (step.kind === 'link') return `${path} (link)`;
  return step.bytes > 0 ? `${path}  ${view.style.dim(formatBytes(step.bytes))}` : path;
}

function gitValue(value: string | null): string {
  if (value === null) return '(none)';
  return displayName(/^[0-9a-f]{40,64}$/.test(value) ? value.slice(0, 10) : value);
}

/** What to say after a restore or an undo. @param verb `Restored` or `Undone` */
export function resultLines(result: RestoreResult, verb: string, view: ViewContext): string[] {
  const { style } = view;
  const lines = [
    `${style.green(verb)} in ${displayPath(result.target, view.homedir)}: ` +
      `${plural(result.restored, 'entry', 'entries')} written, ${formatCount(result.deleted)} deleted, ` +
      `${formatCount(result.unchanged)} unchanged, in ${formatDuration(result.durationMs)}`,
    result.verified
      ? '  Everything written was read back and is as it should be.'
      : style.red(
          isSourceName(result.target)
            ? '  What was written could NOT be verified; the note says why.'
            : '  What was written could NOT be verified. Run: bulwark verify',
        ),
    ...result.notes.map((note) => `  Note: ${printable(note)}`),
  ];
  if (result.undo !== null)
    lines.push(
      `  The state before was kept as snapshot ${style.bold(shortId(result.undo))}. Go back to it with: bulwark undo`,
    );
  return lines;
}
