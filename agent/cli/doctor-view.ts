import type { DoctorReport } from '../protocol/doctor-methods';
import { printable, type Style } from './style';

type Fault = DoctorReport['faults'][number];

/** What the doctor found, for people. @param fix whether it was asked to mend it */
export function doctorLines(
  { faults, healthy, young, complete, isProtected }: DoctorReport,
  { style, fix }: { style: Style; fix: boolean },
): string[] {
  const lines = faults.flatMap((fault) => faultLines(fault, style));
  for (const path of young)
    lines.push(
      `${printable(path)} is a lock that nobody seems to hold, but it is younger than a minute: look again then.`,
    );
  if (!complete) lines.push('Git could not check all objects in 20 s; the rest was looked at.');
  if (healthy) lines.push(lastWord(faults));
  else if (!fix && faults.some(({ tier }) => tier !== null))
    lines.push('', isProtected ? 'Mend it with: bulwark doctor --fix' : PROTECT);
  return lines;
}

const PROTECT =
  'This repository is not protected: most repairs need a snapshot first. Protect it with: bulwark start';

function lastWord(faults: readonly Fault[]): string {
  if (faults.length === 0) return 'Nothing is wrong.';
  return faults.every(({ offered, healed }) => offered && !healed)
    ? 'Nothing is broken.'
    : 'Everything is well again.';
}

function faultLines(
  { id, title, message, worktree, plan, healed, why, hint, attempt, offered }: Fault,
  style: Style,
): string[] {
  const open = offered ? style.yellow('•') : style.red('✖');
  const mark = healed ? style.green('✔') : open;
  const lines = [`${mark} ${title}  ${style.dim(printable(worktree))}`, `  ${printable(message)}`];
  if (plan !== null)
    lines.push(`  ${healed ? 'Done' : offered ? 'Offered' : 'Plan'}: ${printable(plan)}`);
  if (plan !== null && offered && !healed)
    lines.push(`  Take it up with: bulwark doctor --fix --offer ${id}`);
  else if (plan === null && !healed) lines.push(`  ${printable(hint)}`);
  if (why !== null) lines.push(`  Not mended: ${printable(why)}`);
  if (attempt !== null) lines.push(`  Undo: bulwark doctor --undo ${attempt.slice(0, 8)}`);
  return lines;
}
