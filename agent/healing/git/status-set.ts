import { BulwarkError } from '../../support/errors';
import type { GitPlace } from '../../monitor/git/detector';
import type { Git } from '../../worktrees/git';
import { splitNul } from '../../worktrees/worktree-list';

/** What git says of a worktree. */
export type StatusAnswer =
  /** Paths that differ from the commit, as bytes in latin1. */
  | { readonly kind: 'changed'; readonly paths: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly why: string };

const ARGS = ['status', '--porcelain=v2', '-z', '--untracked-files=all', '--no-renames'];

/** Asks git which files are changed; takes no lock. @throws BulwarkError `git-missing`, `cancelled` … */
export async function changedFiles(
  git: Git,
  { path, commonDir }: GitPlace,
  signal?: AbortSignal,
): Promise<StatusAnswer> {
  try {
    const { stdout } = await git.run({
      cwd: path,
      lane: commonDir,
      args: [...ARGS, '--ignore-submodules=dirty'],
      ...(signal === undefined ? {} : { signal }),
    });
    return { kind: 'changed', paths: new Set(splitNul(stdout).map(pathOf)) };
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'git-failed')
      return { kind: 'failed', why: error.message };
    throw error;
  }
}

/** Fields before the path: 8 of a changed file, 10 of one in conflict, 1 of an untracked one. */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

function pathOf(record: Buffer): string {
  const text = record.toString('latin1');
  return text
    .split(' ')
    .slice(FIELDS[text.charAt(0)] ?? 1)
    .join(' ');
}
