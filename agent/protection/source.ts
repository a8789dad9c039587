import { createHash } from 'node:crypto';
import type { Worktree } from '../worktrees/worktree';

/** Something that is backed up. */
export type Source = { readonly id: string; readonly path: string } & (
  | { readonly kind: 'worktree'; readonly worktree: Worktree }
  /** A repository's shared git directory; `path` is that. */
  | { readonly kind: 'repository' }
  /** A folder that is no git repository. */
  | { readonly kind: 'folder' }
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
