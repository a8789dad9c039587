import type { RecoveryInfo, RecoveryPlan } from '../../agent/protocol/recovery-entities';
import { capitalized, moment, timeOfDay } from '../format';
import { displayName } from '../names';
import {
  actionLines,
  recoveryName,
  recoveryState,
  savedWords,
  stepState,
  tierWords,
  VERIFIED_WORDS,
  wayBackWords,
} from './recovery-words';

/** What a text about recoveries needs beside them. */
export interface TextOptions {
  /** What a strategy does, in words. */
  readonly title: (strategy: string) => string;
  /** Ms since 1970. */
  readonly now: number;
}

/** All that is known of a recovery, as a page to read. */
export function recoveryText(recovery: RecoveryInfo, options: TextOptions): string {
  const { id, message, why, startedAt, endedAt, by, steps, proposal, log, subject } = recovery;
  const { title, now } = options;
  const lines = [
    `Recovery of ${recoveryName(recovery)}: ${recoveryState(recovery)}`,
    '',
    displayName(message),
    ...(why === null ? [] : [displayName(capitalized(why))]),
    '',
    `Of:     ${subject.kind} ${displayName(subject.name)}`,
    `Began:  ${moment(startedAt, now)}, ${by === null ? 'by itself' : `asked for by ${displayName(by)}`}`,
    ...(endedAt === null ? [] : [`Ended:  ${moment(endedAt, now)}`]),
    `ID:     ${id}`,
  ];
  if (proposal !== null) {
    lines.push('', `Proposed, and waiting for your approval: ${title(proposal.strategy)}`);
    lines.push(...planText(proposal));
  }
  for (const [place, step] of steps.entries()) {
    const { plan, before, after, note } = step;
    lines.push('', `Step ${place + 1}: ${title(plan.strategy)} (${stepState(step)})`);
    lines.push(...planText(plan));
    lines.push(`  Before: ${displayName(before)}`);
    if (after !== null) lines.push(`  After:  ${displayName(after)}`);
    if (note !== null) lines.push(`  Note:   ${displayName(note)}`);
  }
  if (log.length > 0) lines.push('', 'Log');
  for (const { at, text } of log) lines.push(`  ${timeOfDay(at)}  ${displayName(text)}`);
  return `${lines.join('\n')}\n`;
}

/** What would be done about something, best first, as a page to read. */
export function dryRunText(
  { message, plans }: { readonly message: string; readonly plans: readonly RecoveryPlan[] },
  name: string,
  { title }: Pick<TextOptions, 'title'>,
): string {
  const lines = [
    `What would be done about ${name}`,
    '',
    displayName(message),
    'Nothing of this was done: it is a dry run. What comes first is believed to help most.',
  ];
  for (const [place, plan] of plans.entries())
    lines.push('', `${place + 1}. ${title(plan.strategy)}`, ...planText(plan));
  return `${lines.join('\n')}\n`;
}

function planText(plan: RecoveryPlan): string[] {
  const lines = plan.rows
    .flat()
    .map((action) => `  - ${displayName(action.explain)} (${tierWords(action)})`);
  if (lines.length === 0) return [...actionLines(plan).map((line) => `  - ${line}`), why(plan)];
  const touched = plan.rows.flatMap((row) => row.flatMap(({ touches }) => touches));
  if (touched.length > 0)
    lines.push(`  Changes: ${[...new Set(touched)].map(displayName).join(', ')}`);
  lines.push(`  Saved:   ${savedWords(plan)}`, `  Check:   ${VERIFIED_WORDS}`);
  lines.push(`  Undo:    ${wayBackWords(plan)}`, why(plan));
  return lines;
}

function why(plan: RecoveryPlan): string {
  return `  Why:     ${displayName(capitalized(plan.why))}`;
}
