import { basename, dirname, join, resolve } from 'node:path';
import { BulwarkError } from '../support/errors';
import { decodeName, displayName } from '../support/names';
import type { Git } from './git';
import { adminEntries, dotGit, kindOf, type AdminEntry } from './git-files';
import { headOf } from './head';
import { locate, realName, requireFolder, type Located } from './locate';
import { parseWorktreeList, type ListedWorktree } from './worktree-list';
import type { Discovery, Head, Worktree, WorktreeFault } from './worktree';

/**
 * Finds what a folder belongs to: a git repository with all its worktrees
 * (also those whose folder is gone), or no repository. Any folder inside a
 * worktree, a bare repository or a git directory will do; a submodule is a
 * repository of its own. What git cannot tell, because its files are damaged,
 * is read from the files themselves. Writes nothing.
 * @throws BulwarkError path-missing, path-unreadable, not-a-directory,
 *   git-missing, git-too-old, git-timeout, git-dubious-ownership
 */
export async function discover(git: Git, path: string): Promise<Discovery> {
  const real = await requireFolder(path);
  const located = await locate(real);
  if (located === null) return { kind: 'folder', root: real };
  await refuseForeignOwner(git, real, located);

  const listed = await listWorktrees(git, located.commonDir);
  const main = await mainWorktree(git, located, listed);
  const linked = await linkedWorktrees(git, located, listed);
  return {
    kind: 'repository',
    commonDir: located.commonDir,
    bare: main === null && (listed?.[0]?.bare ?? located.folder === null),
    worktrees: main === null ? linked : [main, ...linked],
  };
}

async function refuseForeignOwner(git: Git, real: string, located: Located): Promise<void> {
  if (!(await isRefusedForOwner(git, { ...located, path: real }))) return;
  const folder = displayName(located.folder ?? located.gitDir);
  throw new BulwarkError(
    'git-dubious-ownership',
    `git does not trust ${folder}, because another user owns it`,
    { hint: `If you trust it, run: ${trustCommand(folder)}`, details: { path: folder } },
  );
}

/**
 * Whether git refuses a folder because another user owns it. It does not find such a repository, but
 * accepts one that is named to it; so the two answers together tell the refusal from damage.
 * @throws BulwarkError git-missing, git-too-old, git-timeout
 */
export async function isRefusedForOwner(
  git: Git,
  place: { readonly path: string; readonly gitDir: string; readonly commonDir: string },
): Promise<boolean> {
  const question = { args: ['rev-parse', '--git-dir'], lane: place.commonDir, okCodes: [0, 128] };
  const found = await git.run({ ...question, cwd: place.path });
  if (found.code === 0 || (await kindOf(place.gitDir)) === null) return false;
  return (await git.run({ ...question, gitDir: place.gitDir })).code === 0;
}

/** What makes git trust this very folder. @param folder as people see it */
export function trustCommand(folder: string): string {
  return `git config --global --add safe.directory ${shellWord(folder)}`;
}

function shellWord(text: string): string {
  return /^[\w./:\\-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What git lists, or null where the repository is too damaged for git to list anything. */
async function listWorktrees(
  git: Git,
  commonDir: string,
): Promise<readonly ListedWorktree[] | null> {
  const args = ['worktree', 'list', '--porcelain', '-z'];
  try {
    const { stdout } = await git.run({ gitDir: commonDir, lane: commonDir, args });
    return parseWorktreeList(stdout);
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'git-failed') return null;
    throw error;
  }
}

async function mainWorktree(
  git: Git,
  located: Located,
  listed: readonly ListedWorktree[] | null,
): Promise<Worktree | null> {
  const { commonDir } = located;
  const record = listed?.[0] ?? null;
  const markedBare = record?.bare === true;
  const nextToIt = basename(commonDir) === '.git' ? dirname(commonDir) : null;
  // A repository without a main worktree has no index.
  if (markedBare && (nextToIt === null || (await kindOf(join(commonDir, 'index'))) !== 'file'))
    return null;
  const path =
    (markedBare ? null : await configuredWorktree(git, commonDir)) ??
    (located.gitDir === commonDir ? located.folder : null) ??
    nextToIt;
  if (path === null) return null;
  const place = { path, gitDir: commonDir, commonDir };
  return await describe(git, place, {
    role: 'main',
    record,
    locked: null,
    fault: markedBare ? { kind: 'marked-bare' } : null,
  });
}

/** `core.worktree`: how a submodule says where its files are; git's list leaves it out. */
async function configuredWorktree(git: Git, commonDir: string): Promise<string | null> {
  const args = ['config', '-z', '--get', 'core.worktree'];
  try {
    const { stdout, code } = await git.run({
      gitDir: commonDir,
      lane: commonDir,
      args,
      okCodes: [0, 1],
    });
    if (code !== 0) return null;
    const path = resolve(commonDir, decodeName(stdout.subarray(0, -1)));
    return await realName(path).catch(() => path);
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'git-failed') return null;
    throw error;
  }
}

async function linkedWorktrees(
  git: Git,
  located: Located,
  listed: readonly ListedWorktree[] | null,
): Promise<Worktree[]> {
  const { commonDir } = located;
  const records = new Map(listed?.slice(1).map((record) => [record.path, record]));
  const entries = await withLocated(located, await adminEntries(commonDir));
  const worktrees: Worktree[] = [];
  for (const { path, gitDir, locked } of entries) {
    if (path === null) continue;
    const record = records.get(path) ?? null;
    const place = { path, gitDir, commonDir };
    worktrees.push(await describe(git, place, { role: 'linked', record, locked, fault: null }));
  }
  return oneEachPath(worktrees);
}

/** Adds what only the worktree's own `.git` still says: its path, or that it exists at all. */
async function withLocated(
  located: Located,
  entries: readonly AdminEntry[],
): Promise<readonly AdminEntry[]> {
  const { folder, gitDir, commonDir } = located;
  if (folder === null || gitDir === commonDir) return entries;
  const known = entries.find((entry) => entry.gitDir === gitDir);
  if (known === undefined)
    return [...entries, { id: basename(gitDir), gitDir, path: folder, locked: null }];
  // Moved by hand: the admin folder names a place that is no more, the `.git` file is here.
  const moved = known.path === null || (await kindOf(known.path)) === null;
  if (!moved) return entries;
  return entries.map((entry) => (entry === known ? { ...entry, path: folder } : entry));
}

/** Two admin folders can claim one path; the one that the `.git` file names has it. */
function oneEachPath(worktrees: readonly Worktree[]): Worktree[] {
  const byPath = new Map<string, Worktree>();
  for (const worktree of worktrees) {
    const other = byPath.get(worktree.path);
    if (other === undefined || other.fault?.kind === 'git-file-elsewhere')
      byPath.set(worktree.path, worktree);
  }
  return [...byPath.values()];
}

async function describe(
  git: Git,
  place: { readonly path: string; readonly gitDir: string; readonly commonDir: string },
  known: {
    readonly role: 'main' | 'linked';
    readonly record: ListedWorktree | null;
    readonly locked: { readonly reason: string } | null;
    readonly fault: WorktreeFault | null;
  },
): Promise<Worktree> {
  const exists = (await kindOf(place.path).catch(() => null)) === 'directory';
  return {
    ...place,
    role: known.role,
    head: await headFrom(known.record, place),
    locked: known.record?.locked ?? known.locked,
    prunable: known.record?.prunable ?? null,
    exists,
    sparse: exists && (await isSparse(git, place)),
    fault: known.fault ?? (exists ? await faultOf(place) : null),
  };
}

async function headFrom(
  record: ListedWorktree | null,
  place: { readonly gitDir: string; readonly commonDir: string },
): Promise<Head> {
  if (record !== null && record.commit !== null)
    return record.branch === null
      ? { kind: 'detached', commit: record.commit }
      : { kind: 'branch', ref: record.branch, commit: record.commit };
  // Git calls a damaged branch unborn; its files tell the difference.
  const head = await headOf(place);
  if (head.kind !== 'unreadable' || record?.branch == null) return head;
  const reftable = (await kindOf(join(place.commonDir, 'reftable'))) !== null;
  return reftable ? { kind: 'branch', ref: record.branch, commit: null } : head;
}

async function isSparse(
  git: Git,
  place: { readonly gitDir: string; readonly commonDir: string },
): Promise<boolean> {
  // The patterns' file is there in every sparse worktree, so most need no call.
  if ((await kindOf(join(place.gitDir, 'info', 'sparse-checkout'))) !== 'file') return false;
  const { stdout } = await git.run({
    gitDir: place.gitDir,
    lane: place.commonDir,
    args: ['config', '--type=bool', '--get', 'core.sparseCheckout'],
    okCodes: [0, 1, 128],
  });
  return stdout.toString('latin1').trim() === 'true';
}

/**
 * Whether the folder's `.git` still leads to the worktree's git directory.
 * Where it does not, git run in the folder would answer for something else.
 */
export async function faultOf(place: {
  readonly path: string;
  readonly gitDir: string;
}): Promise<WorktreeFault | null> {
  const link = await dotGit(place.path);
  if (link === null) return { kind: 'git-file-missing' };
  const target = link.kind === 'file' ? link.target : join(place.path, '.git');
  if ((await kindOf(target).catch(() => null)) === null) return { kind: 'git-dir-missing' };
  const real = await realName(target).catch(() => target);
  return real === place.gitDir ? null : { kind: 'git-file-elsewhere', target: real };
}
