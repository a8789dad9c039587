import type { RecoveryInfo, RecoveryPlan } from '../../agent/protocol/recovery-entities';
import { capitalized, timeOfDay } from '../format';
import { displayName } from '../names';
import type { NodeValue, TreeNode } from '../tree-node';
import { recoveryGroups } from './recovery-groups';
import type { RecoveryLine } from './recovery-row';
import { savedWords, tierWords, wayBackWords } from './recovery-words';

type Step = RecoveryInfo['steps'][number];

/** What is below a row of the view of recoveries, or at its top. */
export function belowRecovery(
  parent: TreeNode | null,
  recoveries: readonly RecoveryInfo[],
): readonly NodeValue[] {
  if (parent === null)
    return recoveryGroups(recoveries).map((group) => ({ kind: 'recovery-group', group }));
  const { value } = parent;
  switch (value.kind) {
    case 'recovery-group':
      return value.group.recoveries.map((recovery) => ({ kind: 'recovery', recovery }));
    case 'recovery':
      return partsOf(value.recovery);
    case 'recovery-plan':
      return linesOf(value.plan, value.step).map((line, at) => ({
        kind: 'recovery-line',
        key: `${parent.id}:${at}`,
        line,
      }));
    case 'recovery-log':
      return value.recovery.log.map(({ at, text }, place) => ({
        kind: 'recovery-line',
        key: `${parent.id}:${place}`,
        line: { label: timeOfDay(at), text: displayName(text), icon: 'circle-small' },
      }));
    default:
      return [];
  }
}

function partsOf(recovery: RecoveryInfo): NodeValue[] {
  const { proposal, steps, log } = recovery;
  const parts: NodeValue[] = steps.map((step, at) => ({
    kind: 'recovery-plan',
    recovery,
    plan: step.plan,
    step: { ...step, number: at + 1 },
  }));
  if (proposal !== null)
    parts.push({ kind: 'recovery-plan', recovery, plan: proposal, step: null });
  if (log.length > 0) parts.push({ kind: 'recovery-log', recovery });
  return parts;
}

function linesOf(plan: RecoveryPlan, step: Step | null): RecoveryLine[] {
  const lines: RecoveryLine[] = plan.rows.flat().map((action) => ({
    label: displayName(action.explain),
    text: tierWords(action),
    icon: 'tools',
  }));
  lines.push({ label: 'Why', text: displayName(capitalized(plan.why)), icon: 'lightbulb' });
  if (step === null) {
    lines.push({ label: 'Saved', text: savedWords(plan), icon: 'save' });
    lines.push({ label: 'Undo', text: wayBackWords(plan), icon: 'discard' });
    return lines;
  }
  lines.push({ label: 'Before', text: displayName(step.before), icon: 'arrow-left' });
  if (step.after !== null)
    lines.push({ label: 'After', text: displayName(step.after), icon: 'arrow-right' });
  if (step.note !== null) lines.push({ label: 'Note', text: displayName(step.note), icon: 'info' });
  return lines;
}
