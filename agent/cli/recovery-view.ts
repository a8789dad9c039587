import type { LearnedFault, RecoveryInfo, RecoveryPlan } from '../protocol/recovery-entities';
import { isoTime } from '../support/clock';
import { formatAge, formatDuration, plural } from './format';
import type { ViewContext } from './snapshot-view';
import { printable, type Style } from './style';
import { tableLines } from './table';

/** Recoveries, one a line. */
export function recoveryTable(recoveries: readonly RecoveryInfo[], view: ViewContext): string[] {
  return tableLines(
    [
      { head: 'id' },
      { head: 'state' },
      { head: 'of' },
      { head: 'fault' },
      { head: 'steps' },
      { head: 'began' },
    ],
    recoveries.map((one) => [
      view.style.bold(one.id),
      stateText(one.state, view.style),
      printable(one.subject.name),
      printable(one.fault),
      one.steps.map(({ plan, state }) => `${plan.strategy} (${state})`).join(', ') || '-',
      formatAge(one.startedAt, view.now),
    ]),
    view.style,
  );
}

/** All that is known of one. */
export function recoveryLines(recovery: RecoveryInfo, view: ViewContext): string[] {
  const { style } = view;
  const { id, state, message, trigger, why, startedAt, endedAt, proposal, steps, log } = recovery;
  const took = endedAt === null ? '' : `, after ${formatDuration(endedAt - startedAt)}`;
  const lines = [
    `${style.bold(id)}  ${stateText(state, style)}${took}  ${printable(message)}`,
    style.dim(`trigger ${trigger}; began ${isoTime(startedAt)}`),
  ];
  if (why !== null) lines.push(printable(why));
  for (const [place, step] of steps.entries()) {
    const { plan, before, after, note, state: how } = step;
    lines.push(
      '',
      `${String(place + 1)}. ${style.bold(plan.strategy)}: ${how}`,
      ...planLines(plan, style),
    );
    lines.push(`   before: ${printable(before)}`);
    if (after !== null) lines.push(`   after:  ${printable(after)}`);
    if (note !== null) lines.push(`   ${style.yellow(printable(note))}`);
  }
  if (proposal !== null)
    lines.push(
      '',
      `Waits for your yes to ${style.bold(proposal.strategy)}:`,
      ...planLines(proposal, style),
      `   bulwark approve ${id}    or    bulwark cancel ${id}`,
    );
  if (recovery.undoable) lines.push('', `Take it back with: bulwark recoveries undo ${id}`);
  if (log.length > 0) lines.push('');
  for (const { at, text } of log) lines.push(style.dim(`${isoTime(at)}  ${printable(text)}`));
  return lines;
}

/** What would be done, and why. */
export function planLines({ rows, why }: RecoveryPlan, style: Style): string[] {
  const lines = rows
    .flat()
    .map(({ explain, tier }) => `   ${printable(explain)} ${style.dim(`(${tier})`)}`);
  return [...lines, style.dim(`   ${why}`)];
}

/** What was learned of each kind of fault. */
export function learnedLines(learned: readonly LearnedFault[], style: Style): string[] {
  return learned.flatMap(({ signature, sightings, strategies }) => [
    `${printable(signature)}: seen ${plural(sightings, 'time')}`,
    ...strategies.map(({ strategy, helped, failed, confidence }) =>
      style.dim(
        `   ${printable(strategy)}: helped ${helped.toFixed(1)} of ${(helped + failed).toFixed(1)}; sure that in at least ${String(Math.round(confidence * 100))} %`,
      ),
    ),
  ]);
}

function stateText(state: RecoveryInfo['state'], style: Style): string {
  switch (state) {
    case 'healed':
    case 'cleared':
      return style.green(state);
    case 'approval':
      return style.yellow('waits for you');
    case 'person':
      return style.red('needs you');
    default:
      return state;
  }
}
