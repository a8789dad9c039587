import type { JournalEntry } from '../agent/protocol/entities';
import { someOf } from './format';
import { displayName } from './names';

const PATHS_SHOWN = 3;

/** What changed, in a few words: `2 written, 1 deleted`. */
export function changeWords(entry: JournalEntry): string {
  const counts: [number, string][] = [
    [entry.created, 'created'],
    [entry.written, 'written'],
    [entry.renamed, 'renamed'],
    [entry.deleted, 'deleted'],
  ];
  const words = counts
    .filter(([n]) => n > 0)
    .map(([n, what]) => `${n.toLocaleString('en')} ${what}`);
  if (words.length > 0) return words.join(', ');
  return entry.changes.some(({ change }) => change === 'git') ? 'git state' : 'modes or times';
}

/** The first places that changed; git’s own files where nothing else did. */
export function changedPlaces(entry: JournalEntry): string {
  const files = entry.changes.filter(({ change }) => change !== 'git');
  const shown = files.length > 0 ? files : entry.changes;
  const names = shown.map(({ path, from }) =>
    from === undefined ? displayName(path) : `${displayName(from)} → ${displayName(path)}`,
  );
  return someOf(names, names.length, PATHS_SHOWN);
}

/** The name of the product icon for what mostly happened. */
export function changeIcon(entry: JournalEntry): string {
  if (entry.deleted > entry.created + entry.written) return 'diff-removed';
  if (entry.created > entry.written) return 'diff-added';
  return entry.written + entry.renamed > 0 ? 'diff-modified' : 'git-commit';
}
