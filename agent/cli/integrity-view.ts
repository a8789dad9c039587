import type { AffectedPath, Integrity } from '../protocol/store-entities';
import { isoTime } from '../support/clock';
import { displayPath, formatAge, formatBytes, plural } from './format';
import type { ViewContext } from './snapshot-view';
import { printable } from './style';

/** How much of the store is proven, and how long ago, in one line. */
export function integrityText(integrity: Integrity, { style, now }: ViewContext): string {
  const { score, damage, oldestProof, provenBytes, totalBytes, structure, meaning } = integrity;
  const percent = `${(Math.floor(score * 1000) / 10).toString()} %`;
  if (damage !== null)
    return `${style.red(percent)}, damaged since ${formatAge(damage.foundAt, now)}: ${printable(damage.message)}`;
  if (score === 1 && oldestProof !== null)
    return `${style.green('100 %')}, proven byte by byte; the oldest proof is from ${formatAge(oldestProof, now)}`;
  const missing: string[] = [];
  if (totalBytes > provenBytes)
    missing.push(`${formatBytes(totalBytes - provenBytes)} not read back yet`);
  if (structure === null) missing.push('references not checked yet');
  else if (!structure.ok) missing.push('a reference leads nowhere');
  if (meaning === null) missing.push('not judged by git yet');
  else if (!meaning.ok) missing.push(printable(meaning.note ?? 'git does not accept all of it'));
  return `${style.yellow(percent)}: ${missing.join(', ')}`;
}

/** The lines of a status about integrity. */
export function integrityLines(integrity: Integrity, view: ViewContext): string[] {
  const line = `Integrity ${integrityText(integrity, view)}`;
  return integrity.damage === null
    ? [line]
    : [line, '  See what is affected with: bulwark verify; mend it with: bulwark verify --repair'];
}

/** Files that cannot be read, each with the time of which that is true. */
export function affectedLines(
  affected: readonly AffectedPath[],
  total: number,
  shown: number,
  { style, homedir }: Pick<ViewContext, 'style' | 'homedir'>,
): string[] {
  const lines = affected.slice(0, shown).map((item) => {
    const place = item.path === '' ? item.worktree : `${item.worktree}/${item.path}`;
    const git = item.root === 'files' ? '' : ' (of git)';
    const what =
      item.what === 'file' ? '' : `, ${item.what === 'times' ? 'only its times' : 'a folder'}`;
    const span =
      item.first === item.last
        ? isoTime(item.first)
        : `${isoTime(item.first)} to ${isoTime(item.last)}`;
    return `  ${style.red(displayPath(place, homedir))}${git}${what}: ${plural(item.snapshots.length, 'snapshot')}, ${span}`;
  });
  if (total > lines.length) lines.push(`  and ${(total - lines.length).toString()} more`);
  return lines;
}
