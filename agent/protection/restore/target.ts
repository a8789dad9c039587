import { accessSync, constants, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { displayName, toFsPath } from '../../support/names';
import { realName } from '../../worktrees/locate';
import { look, placeOf } from './places';
import { parentOf } from './path-filter';
import { STAGING_PREFIX } from './staging-name';
import type { AreaPlace, Move } from './work';

/** Kept free beside what a restore writes. */
const SPARE_BYTES = 16 * 1024 * 1024;

/**
 * The real path of a restore's target; what is not there yet is taken as it is named.
 * @throws BulwarkError `path-refused` for a root, a home folder or what holds it, the agent's own
 *   state and what holds it, and inside `.git`
 */
export async function targetFolder(
  path: string,
  {
    home,
    ownFolder,
    inPlace,
    gitDir,
  }: { home: string; ownFolder: string; inPlace: boolean; gitDir: boolean },
): Promise<string> {
  const wanted = resolve(path);
  if (inPlace && look(wanted)?.isSymbolicLink() === true)
    throw new BulwarkError(
      'path-refused',
      `${displayName(path)} is a link now; nothing is written through it`,
      {
        hint: 'Move the link away, or restore to another folder.',
      },
    );
  const target = await realTarget(wanted);
  const realHome = await realTarget(resolve(home));
  const own = await realTarget(resolve(ownFolder));
  if (
    target === parse(target).root ||
    isWithin(realHome, target) ||
    isWithin(own, target) ||
    isWithin(target, own)
  )
    throw new BulwarkError('path-refused', `nothing is restored over ${displayName(target)}`, {
      hint: 'Name a folder of its own.',
      details: { path: target },
    });
  if (!gitDir && target.split(sep).some((part) => part.toLowerCase() === '.git'))
    throw new BulwarkError('path-refused', `${displayName(target)} is inside a git directory`, {
      hint: 'Name a folder outside .git; git’s own state goes back with --with-git-state.',
      details: { path: target },
    });
  if (look(target)?.isDirectory() === false)
    throw new BulwarkError(
      'not-a-directory',
      `${displayName(target)} is a file where a folder must be`,
      {
        hint: 'Move the file away, or restore to another folder.',
        details: { path: target },
      },
    );
  return target;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

/** Links resolved as far as the path is there. */
async function realTarget(path: string): Promise<string> {
  try {
    return await realName(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR')
      throw new BulwarkError('not-a-directory', `a folder above ${displayName(path)} is a file`, {
        hint: 'Restore to another folder.',
      });
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, displayName(path));
    if (look(path)?.isSymbolicLink() === true)
      throw new BulwarkError('path-refused', `${displayName(path)} is a link that leads nowhere`, {
        hint: 'Move the link away, or restore to another folder.',
      });
    const parent = dirname(path);
    return parent === path ? path : join(await realTarget(parent), basename(path));
  }
}

/** The folder itself, or the nearest one above it that is there. */
function existing(path: string): string {
  return look(path) !== null || dirname(path) === path ? path : existing(dirname(path));
}

/**
 * Where to stage what goes into `root`: beside it, or inside it where the folder
 * above cannot be written or is another file system.
 */
export function stagingFor(root: string, name: string): string {
  const there = existing(root);
  let parent = there === root ? dirname(root) : there;
  // Git takes each folder in there for a worktree's, and drops one that is none.
  while (basename(parent) === 'worktrees') parent = dirname(parent);
  if (parent !== root && isWritable(parent) && sameDevice(parent, there))
    return join(parent, `${STAGING_PREFIX}${name}`);
  return join(there, `${STAGING_PREFIX}${name}`);
}

/** Folders above and including `root` that have to be made, the outermost first. */
export function missingFolders(root: string): string[] {
  const missing: string[] = [];
  for (let at = root; look(at) === null && dirname(at) !== at; at = dirname(at))
    missing.unshift(at);
  return missing;
}

/**
 * Looks before anything is made whether it can be done.
 * @param bytes that will be written
 * @throws BulwarkError `disk-full`, `permission-denied`
 */
export async function checkRoom(
  areas: readonly AreaPlace[],
  moves: readonly Move[],
  { bytes, entries }: { bytes: number; entries: number },
): Promise<void> {
  const folders = new Set<string>();
  for (const move of moves) {
    if (!('area' in move) || move.kind === 'finish' || move.kind === 'mode') continue;
    const area = areas[move.area];
    if (area !== undefined) folders.add(existing(placeOf(area, parentOf(move.path))));
  }
  for (const folder of folders)
    if (look(folder)?.isDirectory() === true && !isWritable(folder))
      throw new BulwarkError('permission-denied', `${displayName(folder)} is read-only`, {
        hint: 'Give your user the right to write it, or restore to another folder.',
        details: { path: folder },
      });
  const first = areas[0];
  if (first === undefined) return;
  const disk = await statfs(toFsPath(existing(first.root)));
  const needed = bytes + entries * Math.min(disk.bsize, 4096) + (bytes > 0 ? SPARE_BYTES : 0);
  const free = disk.bavail * disk.bsize;
  if (needed > free)
    throw new BulwarkError(
      'disk-full',
      `the restore needs ${megabytes(needed)} MB, but ${displayName(first.root)} has ${megabytes(free)} MB free`,
      { hint: 'Free some space, then try again; nothing was changed.', details: { needed, free } },
    );
}

function megabytes(bytes: number): string {
  return String(Math.ceil(bytes / 1e6));
}

function isWritable(path: string): boolean {
  try {
    accessSync(toFsPath(path), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function sameDevice(a: string, b: string): boolean {
  return statSync(toFsPath(a)).dev === statSync(toFsPath(b)).dev;
}
