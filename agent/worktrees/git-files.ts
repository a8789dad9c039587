import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf, fileError } from '../support/errors';
import { decodeName, toFsPath } from '../support/names';

/** What `.git` in a folder is. A `target` is absolute. */
export type DotGit =
  null | { readonly kind: 'directory' } | { readonly kind: 'file'; readonly target: string };

/** A linked worktree as its admin folder `C/worktrees/<id>` tells. */
export interface AdminEntry {
  readonly id: string;
  readonly gitDir: string;
  /** The worktree's folder, or null where the admin folder does not say. */
  readonly path: string | null;
  readonly locked: { readonly reason: string } | null;
}

/** Larger than any file that is read whole here; what is larger is not git's. */
const MAX_SMALL_FILE = 64 * 1024;

/** Whether something is there, links followed; `null` when nothing is. */
export async function kindOf(path: string): Promise<'directory' | 'file' | 'other' | null> {
  try {
    const found = await stat(toFsPath(path));
    if (found.isDirectory()) return 'directory';
    return found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (isAbsent(error)) return null;
    throw fileError(error, path);
  }
}

/** The content of a small file as a name, one trailing line end cut; null where it cannot be read. */
export async function readSmall(path: string): Promise<string | null> {
  try {
    const found = await stat(toFsPath(path));
    if (!found.isFile() || found.size > MAX_SMALL_FILE) return null;
    const text = decodeName(await readFile(toFsPath(path)));
    return text.replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}

/**
 * What `.git` in `dir` is: how a scanner sees that a folder is a worktree of
 * its own. Costs one or two reads. A `.git` that is not git's counts as none.
 */
export async function dotGit(dir: string): Promise<DotGit> {
  const path = join(dir, '.git');
  let kind;
  try {
    kind = await kindOf(path);
  } catch {
    return null;
  }
  if (kind === 'directory') return { kind: 'directory' };
  if (kind !== 'file') return null;
  const text = await readSmall(path);
  if (text?.startsWith('gitdir: ') !== true) return null;
  return { kind: 'file', target: resolve(dir, text.slice('gitdir: '.length)) };
}

/** Whether a folder is, or once was, a git directory: enough of its parts are there. */
export async function looksLikeGitDir(path: string): Promise<boolean> {
  const parts = await Promise.all(
    ['objects', 'refs', 'HEAD', 'commondir'].map((name) =>
      kindOf(join(path, name)).catch(() => null),
    ),
  );
  return parts.some((part) => part !== null);
}

/** Whether a folder is laid out as a git directory itself (a bare repository, or inside `.git`). */
export async function isGitDir(path: string): Promise<boolean> {
  const [head, objects, refs] = await Promise.all(
    ['HEAD', 'objects', 'refs'].map((name) => kindOf(join(path, name)).catch(() => null)),
  );
  return head === 'file' && objects === 'directory' && refs === 'directory';
}

/**
 * The common directory of a git directory. Also where the worktree's own one
 * is lost: then its place (`C/worktrees/<id>`) still names `C`.
 */
export async function commonDirOf(gitDir: string): Promise<string> {
  const named = await readSmall(join(gitDir, 'commondir'));
  if (named !== null && named !== '') return resolve(gitDir, named);
  const parent = dirname(gitDir);
  const outer = dirname(parent);
  if (basename(parent) === 'worktrees' && (await looksLikeGitDir(outer))) return outer;
  return gitDir;
}

/** The admin folders of the linked worktrees, read without git, ordered by id. */
export async function adminEntries(commonDir: string): Promise<readonly AdminEntry[]> {
  const folder = join(commonDir, 'worktrees');
  let names: Buffer[];
  try {
    names = await readdir(toFsPath(folder), { encoding: 'buffer' });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw fileError(error, folder);
  }
  const ids = names.map(decodeName).sort();
  const entries = await Promise.all(ids.map((id) => adminEntry(join(folder, id), id)));
  return entries.filter((entry) => entry !== null);
}

async function adminEntry(gitDir: string, id: string): Promise<AdminEntry | null> {
  if ((await kindOf(gitDir)) !== 'directory') return null;
  const [link, reason] = await Promise.all([
    readSmall(join(gitDir, 'gitdir')),
    readSmall(join(gitDir, 'locked')),
  ]);
  return {
    id,
    gitDir,
    path: link === null || link === '' ? null : dirname(resolve(gitDir, link)),
    locked: reason === null ? null : { reason },
  };
}

function isAbsent(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
