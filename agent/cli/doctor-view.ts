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
  if (healthy) lines.push(faults.length === 0 ? 'Nothing is wrong.' : 'Everything is well again.');
  else if (!fix && faults.some(({ tier }) => tier !== null))
    lines.push('', isProtected ? 'Mend it with: bulwark doctor --fix' : PROTECT);
  return lines;
}

const PROTECT =
  'This repository is not protected: most repairs need a snapshot first. Protect it with: bulwark start';

function faultLines(
  { title, message, worktree, plan, healed, why, hint, attempt }: Fault,
  style: Style,
): string[] {
  const mark = healed ? style.green('✔') : style.red('✖');
  const lines = [`${mark} ${title}  ${style.dim(printable(worktree))}`, `  ${printable(message)}`];
  if (plan !== null) lines.push(`  ${healed ? 'Done' : 'Plan'}: ${printable(plan)}`);
  else if (!healed) lines.push(`  ${printable(hint)}`);
  if (why !== null) lines.push(`  Not mended: ${printable(why)}`);
  if (attempt !== null) lines.push(`  Undo: bulwark doctor --undo ${attempt.slice(0, 8)}`);
  return lines;
}
