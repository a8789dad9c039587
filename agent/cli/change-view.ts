import type { Change } from '../protocol/entities';
import { displayName } from '../support/names';
import { formatBytes, formatCount, plural } from './format';
import type { Style } from './style';

const MARKS: Readonly<Record<Change['change'], readonly [string, keyof Style, string]>> = {
  added: ['+', 'green', 'added'],
  removed: ['-', 'red', 'removed'],
  modified: ['~', 'yellow', 'modified'],
  type: ['!', 'yellow', 'of another kind'],
  mode: ['%', 'cyan', 'with other permissions'],
};

/** One difference: its mark, its name and its sizes. */
export function changeLine(change: Change, style: Style): string {
  const [mark, paint] = MARKS[change.change];
  const name = displayName(change.path) + (change.kind === 'folder' ? '/' : '');
  return `  ${style[paint](mark)} ${name}${style.dim(sizes(change))}`;
}

function sizes({ oldSize, newSize, kind, change }: Change): string {
  if (kind !== 'file' || change === 'mode') return '';
  if (oldSize !== null && newSize !== null)
    return `  ${formatBytes(oldSize)} → ${formatBytes(newSize)}`;
  const size = newSize ?? oldSize;
  return size === null ? '' : `  ${formatBytes(size)}`;
}

/** How many differences of which kind; `total` may be more than are listed. */
export function changeSummary(changes: readonly Change[], total: number): string {
  if (changes.length < total)
    return `${plural(total, 'difference')}; the first ${formatCount(changes.length)} are listed.`;
  const parts = Object.values(MARKS).flatMap(([mark, , word]) => {
    const count = changes.filter((change) => MARKS[change.change][0] === mark).length;
    return count === 0 ? [] : [`${formatCount(count)} ${word}`];
  });
  return `${plural(total, 'difference')}: ${parts.join(', ')}.`;
}
