import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BulwarkError, errnoOf } from '../support/errors';
import { decodeName, displayName, toFsPath } from '../support/names';
import { commonDirOf, dotGit, isGitDir, looksLikeGitDir } from './git-files';

/** Where the nearest repository of a folder keeps its git directory; found without git. */
export interface Located {
  /** The folder that holds `.git`, or null where the git directory itself was met. */
  readonly folder: string | null;
  readonly gitDir: string;
  readonly commonDir: string;
}

/**
 * The real path of a folder that can be listed.
 * @throws BulwarkError path-missing, path-unreadable, not-a-directory
 */
export async function requireFolder(path: string): Promise<string> {
  const shown = displayName(path);
  try {
    const real = await realName(path);
    if (!(await stat(toFsPath(real))).isDirectory())
      throw new BulwarkError('not-a-directory', `${shown} is not a folder`, {
        hint: 'Name a folder.',
      });
    await access(toFsPath(real), constants.R_OK | constants.X_OK);
    return real;
  } catch (error) {
    throw pathError(error, shown);
  }
}

/** Links resolved; throws what the file system threw. */
export async function realName(path: string): Promise<string> {
  return decodeName(await realpath(toFsPath(path), { encoding: 'buffer' }));
}

/**
 * Walks up from a real path to the nearest git directory, as git does: not
 * across file systems. Unlike git it stops at a damaged one, because git would
 * answer for an outer repository there.
 */
export async function locate(real: string): Promise<Located | null> {
  const device = (await stat(toFsPath(real))).dev;
  let folder = real;
  for (;;) {
    const found = await gitDirAt(folder);
    if (found !== null) return found;
    const parent = dirname(folder);
    if (parent === folder || (await stat(toFsPath(parent))).dev !== device) return null;
    folder = parent;
  }
}

async function gitDirAt(folder: string): Promise<Located | null> {
  const link = await dotGit(folder);
  if (link !== null) {
    const gitDir = link.kind === 'file' ? link.target : join(folder, '.git');
    const real = await realName(gitDir).catch(() => gitDir);
    const commonDir = await commonDirOf(real);
    if (await looksLikeGitDir(commonDir))
      return {
        folder,
        gitDir: real,
        commonDir: await realName(commonDir).catch(() => commonDir),
      };
  }
  if (await isGitDir(folder)) return { folder: null, gitDir: folder, commonDir: folder };
  // Inside `.git/worktrees/<id>`: a git directory too, though its objects are elsewhere.
  if (basename(dirname(folder)) === 'worktrees') {
    const commonDir = await commonDirOf(folder);
    if (commonDir !== folder && (await isGitDir(commonDir)))
      return { folder: null, gitDir: folder, commonDir };
  }
  return null;
}

function pathError(error: unknown, shown: string): BulwarkError {
  if (error instanceof BulwarkError) return error;
  const options = { cause: error, details: { path: shown } };
  switch (errnoOf(error)) {
    case 'ENOENT':
      return new BulwarkError('path-missing', `${shown} is not there`, {
        ...options,
        hint: 'Check the spelling, or mount the disk that holds it.',
      });
    case 'ENOTDIR':
      return new BulwarkError('not-a-directory', `${shown} is not a folder`, {
        ...options,
        hint: 'Name a folder.',
      });
    default:
      return new BulwarkError('path-unreadable', `${shown} cannot be read`, {
        ...options,
        hint: 'Give your user the right to list that folder, then try again.',
      });
  }
}
