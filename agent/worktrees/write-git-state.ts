import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncFolder } from '../support/atomic-file';
import { BulwarkError, errnoOf, fileError } from '../support/errors';
import { displayName, encodeName, toFsPath } from '../support/names';
import type { Git } from './git';
import { isGitDir, kindOf } from './git-files';
import { isObjectId } from './head';

/** Where a linked worktree is to be known. */
export interface Registration {
  readonly commonDir: string;
  /** Name of its admin folder; see {@link freeWorktreeId}. */
  readonly id: string;
  /** Absolute folder of the worktree; made where it is missing. */
  readonly worktreePath: string;
}

/** Characters that git allows in no ref. */
const UNFIT = new Set('~^:?*[\\');

/** Git writes who moved a ref; it must not fail for want of a configured name. */
const COMMITTER = { GIT_COMMITTER_NAME: 'Bulwark', GIT_COMMITTER_EMAIL: 'bulwark@localhost' };

/**
 * Makes a folder a linked worktree again: the admin folder `C/worktrees/<id>`
 * (with `commondir` and `gitdir`; HEAD and the rest come from a snapshot) and
 * the `.git` file that leads to it. Nothing that is there is overwritten; what
 * was made is taken back when a later step fails.
 * @returns the admin folder
 * @throws BulwarkError not-a-repository, restore-refused (the id or the
 *   `.git` is taken), permission-denied, disk-full
 */
export async function registerWorktree({
  commonDir,
  id,
  worktreePath,
}: Registration): Promise<string> {
  await requireGitDir(commonDir);
  if (id === '' || id === '.' || id === '..' || /[/\\\0]/.test(id))
    throw new BulwarkError('invalid-params', `${displayName(id)} cannot name a worktree`);
  const parent = join(commonDir, 'worktrees');
  const gitDir = join(parent, id);
  const dotGit = join(worktreePath, '.git');
  if ((await kindOf(dotGit)) !== null) throw taken(dotGit);
  if ((await kindOf(gitDir)) !== null) throw taken(gitDir);

  const staged = join(commonDir, `bulwark-${randomBytes(6).toString('hex')}`);
  let admin: string | null = null;
  let madeFolder = false;
  try {
    await mkdir(toFsPath(parent), { recursive: true });
    madeFolder = (await mkdir(toFsPath(worktreePath), { recursive: true })) !== undefined;
    await mkdir(toFsPath(staged));
    admin = staged;
    await writeNew(join(staged, 'commondir'), '../..\n');
    await writeNew(join(staged, 'gitdir'), `${gitPath(dotGit)}\n`);
    // The rename of a folder over one that is not empty fails, so a rival keeps what it made.
    await rename(toFsPath(staged), toFsPath(gitDir));
    admin = gitDir;
    await writeNew(dotGit, `gitdir: ${gitPath(gitDir)}\n`);
    await syncFolderNamed(parent);
    return gitDir;
  } catch (error) {
    if (admin !== null) await takeBack(admin);
    // Fails, as it must, where somebody has put something into it.
    if (madeFolder) await rmdir(toFsPath(worktreePath)).catch(() => undefined);
    const code = errnoOf(error);
    if (code === 'EEXIST' || code === 'ENOTEMPTY') throw taken(gitDir);
    throw fileError(error, displayName(worktreePath));
  }
}

/**
 * The name git would choose for a worktree's admin folder: the wanted one, made
 * fit for a ref, with a number behind it where it is taken.
 */
export async function freeWorktreeId(commonDir: string, wanted: string): Promise<string> {
  const fit = [...basename(wanted)]
    .map((char) => (char <= ' ' || char === '\x7f' || UNFIT.has(char) ? '-' : char))
    .join('')
    .replaceAll(/\.{2,}|@\{/g, '-')
    .replaceAll(/^[.-]+|\.lock$|\.+$/g, '');
  const base = fit === '' ? 'worktree' : fit;
  for (let number = 0; ; number++) {
    const id = number === 0 ? base : `${base}${String(number)}`;
    if ((await kindOf(join(commonDir, 'worktrees', id))) === null) return id;
  }
}

/**
 * Moves a ref, if it still is where the caller saw it, and writes the move to its reflog.
 * @param ref full name (`refs/heads/main`), or `HEAD` of the main worktree
 * @param expectedOld the commit it must be at now; null: it must not exist
 * @throws BulwarkError not-a-repository, invalid-params, git-failed (the ref
 *   has moved, is locked, or its object is missing): the ref is then unchanged
 */
export async function setRef(
  git: Git,
  commonDir: string,
  ref: string,
  newOid: string,
  expectedOld: string | null,
  message: string,
): Promise<void> {
  await requireGitDir(commonDir);
  const old = expectedOld ?? '0'.repeat(newOid.length);
  if (!isObjectId(newOid) || !isObjectId(old) || ref.includes('\0'))
    throw new BulwarkError('invalid-params', `${displayName(ref)} cannot be set to ${newOid}`);
  await git.run({
    gitDir: commonDir,
    lane: commonDir,
    args: ['update-ref', '--create-reflog', '-m', message, '--stdin', '-z'],
    env: COMMITTER,
    input: Buffer.concat([
      Buffer.from('update '),
      encodeName(ref),
      Buffer.from(`\0${newOid}\0${old}\0`),
    ]),
  });
}

/** Whether the repository has an object; never fetches it. */
export async function objectExists(git: Git, commonDir: string, oid: string): Promise<boolean> {
  if (!isObjectId(oid)) return false;
  await requireGitDir(commonDir);
  const { code } = await git.run({
    gitDir: commonDir,
    lane: commonDir,
    args: ['cat-file', '-e', oid],
    // 128: a promised object that could not be fetched.
    okCodes: [0, 1, 128],
  });
  return code === 0;
}

async function requireGitDir(commonDir: string): Promise<void> {
  if (await isGitDir(commonDir)) return;
  throw new BulwarkError('not-a-repository', `${displayName(commonDir)} is no git directory`, {
    hint: 'Restore the repository itself first.',
    details: { path: commonDir },
  });
}

/** Writes a small file that must not be there yet; it appears whole or not at all. */
async function writeNew(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(toFsPath(temporary), 'wx', 0o666);
    try {
      await file.writeFile(encodeName(text));
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename, a link never replaces what is there.
    await link(toFsPath(temporary), toFsPath(path)).catch(async (error: unknown) => {
      // File systems without hard links (FAT, some network ones): look, then rename.
      if (errnoOf(error) === 'EEXIST' || (await kindOf(path)) !== null) throw error;
      await rename(toFsPath(temporary), toFsPath(path));
    });
  } finally {
    await rm(toFsPath(temporary), { force: true });
  }
}

/** Removes only what {@link registerWorktree} itself has put into the folder. */
async function takeBack(gitDir: string): Promise<void> {
  for (const name of ['commondir', 'gitdir'])
    await rm(toFsPath(join(gitDir, name)), { force: true });
  await rmdir(toFsPath(gitDir)).catch(() => undefined);
}

async function syncFolderNamed(path: string): Promise<void> {
  const raw = toFsPath(path);
  if (typeof raw === 'string') await syncFolder(raw);
}

/** Git writes forward slashes into its own files on every system. */
function gitPath(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}

function taken(path: string): BulwarkError {
  return new BulwarkError('restore-refused', `${displayName(path)} is there already`, {
    hint: 'Move it away, or restore to another folder.',
    details: { path },
  });
}
