import { createHash } from 'node:crypto';
import type { RecordedSource } from '../repository/record';
import type { Worktree } from '../worktrees/worktree';

/** Something that is backed up. */
export type Source = { readonly id: string; readonly path: string } & (
  | { readonly kind: 'worktree'; readonly worktree: Worktree }
  /** A repository's shared git directory; `path` is that. */
  | { readonly kind: 'repository' }
  /** A folder that is no git repository. */
  | { readonly kind: 'folder' }
  /** Files of a program, in the folder `path`: those that are named, or all of it. */
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly string[] }
  /** Records of a program, which lie nowhere; `path` is `source:NAME`. */
  | { readonly kind: 'records'; readonly name: string }
);

/** The id of a source: the same for the same place, whatever was there before. 16 hexadecimal digits. */
export function sourceIdOf(kind: Source['kind'], path: string): string {
  // A folder that becomes a repository goes on as the same source.
  const place = kind === 'repository' ? `repository\0${path}` : `files\0${path}`;
  return createHash('sha256').update(place, 'utf8').digest('hex').slice(0, 16);
}

export function worktreeSource(worktree: Worktree): Source {
  const id = sourceIdOf('worktree', worktree.path);
  return { id, kind: 'worktree', path: worktree.path, worktree };
}

export function repositorySource(commonDir: string): Source {
  return { id: sourceIdOf('repository', commonDir), kind: 'repository', path: commonDir };
}

export function folderSource(path: string): Source {
  return { id: sourceIdOf('folder', path), kind: 'folder', path };
}

/** What a data source is called wherever a path is taken. */
const SOURCE_PREFIX = 'source:';

/** The name in `source:NAME`; null for a path. */
export function sourceNameIn(path: string): string | null {
  return path.startsWith(SOURCE_PREFIX) ? path.slice(SOURCE_PREFIX.length) : null;
}

/** What a data source of this name is called wherever a path is taken. */
export function placeOfSource(name: string): string {
  return `${SOURCE_PREFIX}${name}`;
}

export function filesSource(name: string, path: string, files: readonly string[]): Source {
  return { id: dataId('files', name), kind: 'files', path, name, files };
}

export function recordsSource(name: string): Source {
  return { id: dataId('records', name), kind: 'records', path: placeOfSource(name), name };
}

/**
 * The files of a set as they lie there, whether its program holds them still or not: what a restore
 * compares with and saves. A source of its own, because such a state is no backup.
 */
export function foundFiles({ name, path, files }: RecordedSource): Source {
  const known = name ?? path;
  return { id: dataId('found', known), kind: 'files', path, name: known, files: files ?? [] };
}

/** A source as snapshots have it. */
export function recordedSource(source: Source): RecordedSource {
  const { id, kind, path } = source;
  if (source.kind === 'files')
    return { id, kind, path, name: source.name, files: [...source.files] };
  return source.kind === 'records' ? { id, kind, path, name: source.name } : { id, kind, path };
}

/** The same name is another source in another form. */
function dataId(form: string, name: string): string {
  return createHash('sha256').update(`data ${form}\0${name}`, 'utf8').digest('hex').slice(0, 16);
}

/** The id of the source that is a worktree's shared git directory; empty for other sources. */
export function repositoryOf(source: Source): string {
  return source.kind === 'worktree' ? repositorySource(source.worktree.commonDir).id : '';
}

/** Whether `path` is `folder` or in it. */
export function holds(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`);
}

/** Whether what was discovered anew is guarded as it should be. */
export function sameSource(a: Source, b: Source): boolean {
  if (a.kind !== 'worktree' || b.kind !== 'worktree') return a.kind === b.kind;
  return (
    a.worktree.gitDir === b.worktree.gitDir &&
    a.worktree.exists === b.worktree.exists &&
    (a.worktree.locked === null) === (b.worktree.locked === null)
  );
}
