import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, basename, relative, resolve, sep } from 'node:path';
import { decodeName, displayName, toFsPath } from '../support/names';
import { usageError } from './failure';

/**
 * The absolute path of what the user typed.
 * @throws `usage` for an empty text: an unset variable in a script must not mean "here"
 */
export function absolutePath(cwd: string, text: string, what = 'path'): string {
  if (text === '') throw usageError(`the ${what} is empty`, 'Check the variable it came from.');
  return resolve(cwd, text);
}

/** How a data source is written where a path can be. */
const SOURCE = /^source:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether it names a data source. */
export function isSourceName(text: string): boolean {
  return SOURCE.test(text);
}

/**
 * What the user typed for something that is kept: a path, made absolute, or `source:NAME` (write
 * `./source:x` for a file named so).
 * @throws `usage` for an empty text
 */
export function keptPath(cwd: string, text: string): string {
  return isSourceName(text) ? text : absolutePath(cwd, text);
}

/** Whether `path` is `folder` or inside it. Both absolute. */
export function isInside(folder: string, path: string): boolean {
  return treePathOf(folder, path) !== null;
}

/** `path` relative to `folder` with "/", `""` for the folder itself, null when it is elsewhere. */
function treePathOf(folder: string, path: string): string | null {
  const way = relative(folder, path);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return null;
  return way.split(sep).join('/');
}

/**
 * The path inside a snapshot that the user means by `text`.
 * Absolute: a path in the worktree. Relative: to the current folder where that is
 * in the worktree, otherwise to the root of the snapshot.
 * @param root the folder that the snapshot is of
 * @throws `usage` when it is outside of the worktree
 */
export function snapshotPath(root: string, cwd: string, text: string): string {
  if (text === '') throw usageError('an empty --path', 'Check the variable it came from.');
  // Records lie nowhere but in the snapshot.
  if (isSourceName(root)) return text;
  const base = isInside(root, cwd) ? cwd : root;
  const wanted = resolve(base, text);
  const found = treePathOf(root, wanted) ?? treePathOf(realPath(root), realPath(wanted));
  if (found === null)
    throw usageError(
      `--path ${text} is outside of the worktree ${root}`,
      'Give a path in that worktree, or one relative to its root.',
    );
  return found;
}

/** The path without links as far as it is there: what is asked for may have been deleted. */
function realPath(path: string): string {
  try {
    return decodeName(realpathSync(toFsPath(path), 'buffer'));
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

/** A text as one word of a command that is to be typed. */
export function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${displayName(text).replaceAll("'", "'\\''")}'`;
}

/** What a person means by an argument that can be a snapshot or a folder. */
export type DiffSide =
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | { readonly kind: 'path'; readonly path: string };

/** Hexadecimal digits and `latest` are snapshots; everything else is a folder (`./beef` for one named so). */
export function diffSide(cwd: string, text: string): DiffSide {
  return isSnapshotRef(text)
    ? { kind: 'snapshot', snapshot: text.toLowerCase() }
    : { kind: 'path', path: keptPath(cwd, text) };
}

/**
 * A snapshot as the user names it, checked.
 * @throws `usage` when it cannot be one
 */
export function snapshotRef(text: string): string {
  if (!isSnapshotRef(text))
    throw usageError(
      `"${text}" is no snapshot`,
      'Give the beginning of an id, "latest", or source:NAME. List them with: bulwark snapshots',
    );
  return text.toLowerCase();
}

function isSnapshotRef(text: string): boolean {
  return /^(latest|[0-9a-f]{1,32})$/i.test(text);
}
