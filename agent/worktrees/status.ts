import { join } from 'node:path';
import { BulwarkError } from '../support/errors';
import { decodeName } from '../support/names';
import { faultOf } from './discovery';
import type { Git } from './git';
import { kindOf, readSmall } from './git-files';
import { isObjectId } from './head';
import { splitNul } from './worktree-list';
import type { Worktree, WorktreeFault } from './worktree';

/** What a worktree is in the middle of, or how it differs from its commit. */
export type WorktreeState =
  | 'clean'
  | 'dirty'
  /** Conflicts with no operation behind them, as a stash that did not apply leaves. */
  | 'conflicted'
  | 'merging'
  | 'rebasing'
  | 'cherry-picking'
  | 'reverting'
  | 'bisecting'
  /** The branch has no commit yet. */
  | 'unborn'
  /** Its folder is gone. */
  | 'missing'
  /** Git cannot say; see `problem`. */
  | 'unreadable';

/** An operation that was begun and not ended. */
type InProgress = 'merging' | 'rebasing' | 'cherry-picking' | 'reverting' | 'bisecting';

export interface WorktreeStatus {
  /** Short name of the branch, or null when detached. */
  readonly branch: string | null;
  readonly head: string | null;
  readonly state: WorktreeState;
  /** Files that differ; a staged rename counts as two. Each untracked file counts. */
  readonly staged: number;
  readonly unstaged: number;
  readonly untracked: number;
  readonly conflicted: number;
  readonly upstream?: { readonly ahead: number; readonly behind: number };
  /** Why the state is `unreadable`. */
  readonly problem?: string;
}

const HEADS_PREFIX = 'refs/heads/';

/**
 * Asks git how a worktree stands. Never takes a lock, never looks into
 * submodules, never fetches.
 * @throws BulwarkError git-missing, git-too-old, git-timeout, cancelled;
 *   a repository that git cannot read is the state `unreadable` instead
 */
export async function readStatus(
  git: Git,
  worktree: Worktree,
  signal?: AbortSignal,
): Promise<WorktreeStatus> {
  if ((await kindOf(worktree.path).catch(() => null)) !== 'directory')
    return bare(worktree, 'missing');
  // Looked at anew: without its `.git`, git would answer for an outer repository.
  const fault = worktree.fault?.kind === 'marked-bare' ? worktree.fault : await faultOf(worktree);
  if (fault !== null) return { ...bare(worktree, 'unreadable'), problem: faultText(fault) };
  let output;
  try {
    output = await git.run({
      cwd: worktree.path,
      lane: worktree.commonDir,
      args: [
        'status',
        '--porcelain=v2',
        '-z',
        '--branch',
        '--untracked-files=all',
        '--ignore-submodules=dirty',
        '--no-renames',
        '--ahead-behind',
      ],
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!(error instanceof BulwarkError) || error.reason !== 'git-failed') throw error;
    return { ...bare(worktree, 'unreadable'), problem: error.message };
  }
  const read = parseStatus(output.stdout);
  const changed = read.staged + read.unstaged + read.untracked > 0;
  const operation = await inProgress(worktree.gitDir);
  const settled = read.head === null ? 'unborn' : changed ? 'dirty' : 'clean';
  return { ...read, state: operation ?? (read.conflicted > 0 ? 'conflicted' : settled) };
}

/** The operation that a git directory's files tell of; no git call. */
export async function inProgress(gitDir: string): Promise<InProgress | null> {
  const has = async (name: string): Promise<boolean> =>
    (await kindOf(join(gitDir, name)).catch(() => null)) !== null;
  if ((await has('rebase-merge')) || (await has('rebase-apply'))) return 'rebasing';
  if (await has('MERGE_HEAD')) return 'merging';
  if (await has('CHERRY_PICK_HEAD')) return 'cherry-picking';
  if (await has('REVERT_HEAD')) return 'reverting';
  // Between two commits of a sequence there is no *_HEAD; the list of what is left tells.
  const todo = await readSmall(join(gitDir, 'sequencer', 'todo'));
  if (todo !== null) return todo.trimStart().startsWith('revert') ? 'reverting' : 'cherry-picking';
  return (await has('BISECT_LOG')) ? 'bisecting' : null;
}

type Counts = Omit<WorktreeStatus, 'state' | 'problem'>;

/** Reads the output of `git status --porcelain=v2 -z --branch`. */
export function parseStatus(output: Buffer): Counts {
  let branch: string | null = null;
  let head: string | null = null;
  let upstream: Counts['upstream'];
  let [staged, unstaged, untracked, conflicted] = [0, 0, 0, 0];
  const records = splitNul(output);
  for (let at = 0; at < records.length; at++) {
    const text = decodeName(records[at] ?? Buffer.alloc(0));
    switch (text[0]) {
      case '#': {
        const [, key = '', ...rest] = text.split(' ');
        const value = rest.join(' ');
        if (key === 'branch.oid') head = isObjectId(value) ? value : null;
        if (key === 'branch.head') branch = value === '(detached)' ? null : value;
        if (key === 'branch.ab') upstream = aheadBehind(value);
        break;
      }
      case '2':
        // A rename is followed by its old path.
        at += 1;
        if (text[2] !== '.') staged += 1;
        if (text[3] !== '.') unstaged += 1;
        break;
      case '1':
        if (text[2] !== '.') staged += 1;
        if (text[3] !== '.') unstaged += 1;
        break;
      case 'u':
        conflicted += 1;
        break;
      case '?':
        untracked += 1;
        break;
      default:
        break;
    }
  }
  const counts = { branch, head, staged, unstaged, untracked, conflicted };
  return upstream === undefined ? counts : { ...counts, upstream };
}

function aheadBehind(text: string): Counts['upstream'] {
  const found = /^\+(\d+) -(\d+)$/.exec(text);
  return found === null ? undefined : { ahead: Number(found[1]), behind: Number(found[2]) };
}

/** What is known without asking git. */
function bare({ head }: Worktree, state: 'missing' | 'unreadable'): WorktreeStatus {
  const none = { staged: 0, unstaged: 0, untracked: 0, conflicted: 0 };
  if (head.kind === 'unreadable') return { branch: null, head: null, state, ...none };
  const ref = head.kind === 'branch' ? head.ref : null;
  const branch = ref?.startsWith(HEADS_PREFIX) === true ? ref.slice(HEADS_PREFIX.length) : ref;
  return { branch, head: head.commit, state, ...none };
}

function faultText(fault: WorktreeFault): string {
  switch (fault.kind) {
    case 'git-file-missing':
      return 'its .git is gone';
    case 'git-file-elsewhere':
      return 'its .git leads to another git directory';
    case 'git-dir-missing':
      return 'the git directory that its .git names is gone';
    case 'marked-bare':
      return 'core.bare is true, so git takes it for a repository without files';
  }
}
