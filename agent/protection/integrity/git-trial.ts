import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotGit, SnapshotRecord } from '../../repository/record';
import { BulwarkError, messageOf } from '../../support/errors';
import type { Git } from '../../worktrees/git';
import { RepositoryBackups, type ListSnapshots } from '../restore/repository-backups';
import { branchRef, rootOf } from '../restore/snapshot-parts';
import { headText } from '../restore/git-mover';
import { addSteps, addTree, type TrialContext, type TrialItems } from './trial-restore';

/** What git says of a git state that was restored. */
export type GitVerdict =
  /** The snapshot has none. */
  | { readonly kind: 'none' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly message: string }
  /** It could not be found out, through no fault of the backup. */
  | { readonly kind: 'unproven'; readonly message: string };

export interface GitTrialContext extends TrialContext {
  readonly git: Git;
  readonly repositorySnapshots: ListSnapshots;
}

/** For one call of git; a repository of many gigabytes takes minutes. */
const TIMEOUT_MS = 10 * 60_000;

/** What of a linked worktree's git directory says only where things were. */
const LINKS = new Set(['gitdir', 'commondir', 'locked']);

/**
 * All files of the git directory that a worktree's snapshot would come back with: the repository's
 * backup, and over it the refs and the worktree's own files as they were.
 * @param place where nothing is
 * @returns null where the repository was never captured
 */
export async function gitItems(
  snapshot: SnapshotRecord,
  context: GitTrialContext,
  place: string,
): Promise<TrialItems | null> {
  if (snapshot.git === null) return null;
  const read: Parameters<typeof RepositoryBackups.find>[0] = (id) => context.repository.read(id);
  const backups = await RepositoryBackups.find(read, context.repositorySnapshots, {
    commonDir: snapshot.git.commonDir,
    sequence: snapshot.sequence,
  });
  if (!backups.any) return null;
  const items: TrialItems = new Map();
  // Nothing is at `place`, so all of the repository is missing there.
  await addSteps(
    items,
    backups.repository(place, (path) => path === 'worktrees' || path === 'index'),
  );
  const common = rootOf(snapshot, 'git-common');
  if (common !== null) await addTree(items, context, common, (path) => path === 'HEAD');
  const own = rootOf(snapshot, 'git-worktree');
  if (own !== null) await addTree(items, context, own, (path) => LINKS.has(path));
  return items;
}

/**
 * Lets git itself look at a git directory that was restored to try it out.
 * @param files the restored files, or an empty folder where only git's own files were restored
 */
export async function judge(
  place: { readonly gitDir: string; readonly files: string },
  snapshot: { readonly git: SnapshotGit },
  { git, signal }: Pick<GitTrialContext, 'git' | 'signal'>,
): Promise<GitVerdict> {
  const { gitDir, files } = place;
  const run = (args: readonly string[]): Promise<{ stdout: Buffer }> =>
    git.run({
      gitDir,
      args: [...SETTINGS, ...args],
      env: { GIT_WORK_TREE: files },
      timeoutMs: TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
  try {
    await mkdir(join(gitDir, 'refs'), { recursive: true });
    await run(['fsck', '--connectivity-only', '--no-dangling', '--no-progress']);
    await run(['status', '--porcelain=v2', '--untracked-files=no']);
    const wrong = await wrongHead(gitDir, snapshot.git, run);
    return wrong === null ? { kind: 'accepted' } : { kind: 'rejected', message: wrong };
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw error;
    if (error.reason === 'git-failed') return verdictOfFailure(error, snapshot.git, git);
    if (error.reason === 'cancelled') throw error;
    return { kind: 'unproven', message: error.message };
  }
}

/** Files need not be hashed again only because they are in another place. */
const SETTINGS = ['-c', 'core.checkStat=minimal', '-c', 'core.trustctime=false'];

async function wrongHead(
  gitDir: string,
  info: SnapshotGit,
  run: (args: readonly string[]) => Promise<{ stdout: Buffer }>,
): Promise<string | null> {
  const ref = branchRef(info);
  const head = await headText(gitDir);
  if (ref !== null && head !== `ref: ${ref}`)
    return `HEAD is ${String(head)}, but it was on ${ref}`;
  if (info.head === null) return null;
  const { stdout } = await run(['rev-parse', '--verify', 'HEAD^{commit}']);
  const commit = stdout.toString('utf8').trim();
  return commit === info.head ? null : `HEAD is at ${commit}, but it was at ${info.head}`;
}

/** A repository that git does not accept where it is, either, was captured as it was. */
async function verdictOfFailure(
  error: BulwarkError,
  { commonDir }: SnapshotGit,
  git: Git,
): Promise<GitVerdict> {
  try {
    const args = ['fsck', '--connectivity-only', '--no-dangling', '--no-progress'];
    await git.run({ gitDir: commonDir, args, timeoutMs: TIMEOUT_MS });
  } catch (live) {
    return {
      kind: 'unproven',
      message: `git does not accept the repository itself, either: ${messageOf(live)}`,
    };
  }
  return { kind: 'rejected', message: error.message };
}
