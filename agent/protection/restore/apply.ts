import {
  chmodSync,
  linkSync,
  lutimesSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { decodeName, displayName, toFsPath } from '../../support/names';
import { fileTime } from './file-time';
import type { GitMover } from './git-mover';
import { look, makeParents, parentsAreFolders, placeOf, stagedAt, trashedAt } from './places';
import type { AreaPlace, Move } from './work';

type Put = Extract<Move, { kind: 'put' }>;

/** Codes of file systems that have no second names for a file. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES']);
const ATTEMPTS = 20;

/**
 * Does the moves of a restore, one at a time. Every move looks at what is there
 * first, so doing one again after a crash finishes it, and changes nothing
 * where it was done.
 */
export class Mover {
  readonly #areas: readonly AreaPlace[];
  readonly #git: GitMover;

  constructor(areas: readonly AreaPlace[], git: GitMover) {
    this.#areas = areas;
    this.#git = git;
  }

  /** @throws BulwarkError when a move cannot be done; what it replaced is in the trash */
  async forward(move: Move): Promise<void> {
    if (move.kind === 'ref') {
      await this.#git.moveRef(move);
      return;
    }
    if (move.kind === 'head') {
      await this.#git.moveHead(move);
      return;
    }
    if (move.kind === 'stash') {
      await this.#git.addStash(move);
      return;
    }
    const area = this.#area(move.area);
    const place = placeOf(area, move.path);
    try {
      if (move.kind === 'put') this.#put(area, move, place);
      else if (!parentsAreFolders(area, move.path)) return;
      else if (move.kind === 'remove') remove(trashedAt(area, move.number), place);
      else if (move.kind === 'remove-folder') removeFolder(place);
      else if (move.kind === 'mode') setMode(place, move.mode, 'file');
      else finishFolder(place, move.mode, move.mtime);
    } catch (error) {
      throw fileError(error, displayName(place));
    }
  }

  /** Takes a move back, whatever part of it was done. */
  async backward(move: Move): Promise<void> {
    if (move.kind === 'ref') {
      await this.#git.unmoveRef(move);
      return;
    }
    if (move.kind === 'head') {
      await this.#git.unmoveHead(move);
      return;
    }
    if (move.kind === 'stash') {
      await this.#git.dropStash(move);
      return;
    }
    const area = this.#area(move.area);
    const place = placeOf(area, move.path);
    try {
      if (move.kind === 'put') {
        if (wasTouched(area, move) && parentsAreFolders(area, move.path))
          takeBack(area, move, place);
      } else if (move.kind === 'remove') {
        if (look(trashedAt(area, move.number)) === null) return;
        makeParents(area, move.path);
        giveBack(trashedAt(area, move.number), place);
      } else if (move.kind === 'remove-folder') {
        makeParents(area, join(move.path, '_').replaceAll('\\', '/'));
        setMode(place, move.mode, 'folder');
      } else if (move.kind === 'mode') setMode(place, move.oldMode, 'file');
      else if (move.oldMode !== null) setMode(place, move.oldMode, 'folder');
    } catch (error) {
      throw fileError(error, displayName(place));
    }
  }

  #put(area: AreaPlace, move: Put, place: string): void {
    const staged = stagedAt(area, move.number);
    if (look(staged) === null) return;
    makeParents(area, move.path);
    const trash = trashedAt(area, move.number);
    if (move.atomic && move.entry === 'file') replaceAtOnce(staged, place, trash);
    else putEntry(staged, place, trash);
  }

  #area(number: number): AreaPlace {
    const area = this.#areas[number];
    if (area === undefined) throw new BulwarkError('internal', 'a move names an unknown area');
    return area;
  }
}

function remove(trash: string, place: string): void {
  if (look(trash) !== null) return;
  const found = look(place);
  // A folder that stands there by now is none of the snapshot's.
  if (found === null || found.isDirectory()) return;
  renameSync(toFsPath(place), toFsPath(trash));
}

function removeFolder(place: string): void {
  try {
    if (look(place)?.isDirectory() === true) rmdirSync(toFsPath(place));
  } catch (error) {
    // Something else is in it: it stays.
    if (!isOneOf(error, ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY'])) throw error;
  }
}

function setMode(place: string, mode: number, kind: 'file' | 'folder'): void {
  const found = look(place);
  if (kind === 'file' ? found?.isFile() : found?.isDirectory()) chmodSync(toFsPath(place), mode);
}

function finishFolder(place: string, mode: number | null, mtime: number | null): void {
  if (look(place)?.isDirectory() !== true) return;
  if (mtime !== null) utimesSync(toFsPath(place), fileTime(mtime), fileTime(mtime));
  if (mode !== null) chmodSync(toFsPath(place), mode);
}

/** For git's files: what was there gets a second name in the trash, then one rename replaces it. */
function replaceAtOnce(staged: string, place: string, trash: string): void {
  const found = look(place);
  if (found?.isDirectory() === true) moveAway(place, trash);
  else if (found !== null && look(trash) === null) {
    try {
      linkSync(toFsPath(place), toFsPath(trash));
    } catch (error) {
      if (!NO_LINKS.has(errnoOf(error) ?? '')) throw error;
      renameSync(toFsPath(place), toFsPath(trash));
    }
  }
  renameSync(toFsPath(staged), toFsPath(place));
}

/**
 * Puts a staged entry in place without ever replacing anything: what stands
 * there is moved to the trash first, and if something new appears in that very
 * moment, it is moved as well.
 */
function putEntry(staged: string, place: string, trash: string): void {
  for (let attempt = 0; ; attempt++) {
    const source = look(staged);
    if (source === null) return;
    const found = look(place);
    try {
      if (found === null) {
        if (source.isDirectory()) renameSync(toFsPath(staged), toFsPath(place));
        else if (source.isSymbolicLink()) placeLink(staged, place, source.mtimeMs / 1000);
        else placeFile(staged, place);
        return;
      }
      if (source.isDirectory() && found.isDirectory()) {
        mergeFolder(staged, place, trash);
        return;
      }
      if (isSame(staged, source, place, found)) unlinkSync(toFsPath(staged));
      else moveAway(place, trash);
    } catch (error) {
      if (attempt >= ATTEMPTS || !isOneOf(error, ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'])) throw error;
    }
  }
}

function placeFile(staged: string, place: string): void {
  try {
    linkSync(toFsPath(staged), toFsPath(place));
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw error;
    renameSync(toFsPath(staged), toFsPath(place));
    return;
  }
  unlinkSync(toFsPath(staged));
}

function placeLink(staged: string, place: string, mtime: number): void {
  const target = readlinkSync(toFsPath(staged), { encoding: 'buffer' });
  symlinkSync(toFsPath(decodeName(target)), toFsPath(place));
  lutimesSync(toFsPath(place), fileTime(mtime), fileTime(mtime));
  unlinkSync(toFsPath(staged));
}

/** Whether the entry is in place already and only its staged name is left over from a crash. */
function isSame(
  staged: string,
  source: NonNullable<ReturnType<typeof look>>,
  place: string,
  found: NonNullable<ReturnType<typeof look>>,
): boolean {
  if (source.isSymbolicLink())
    return found.isSymbolicLink() && readLink(staged).equals(readLink(place));
  return source.ino === found.ino && source.dev === found.dev && source.ino !== 0;
}

function readLink(path: string): Buffer {
  return readlinkSync(toFsPath(path), { encoding: 'buffer' });
}

/** A folder appeared where a new one was to go: both become one, entry by entry. */
function mergeFolder(staged: string, place: string, trash: string): void {
  // Remembered, because a merged folder cannot be taken back as a whole.
  writeFileSync(toFsPath(`${trash}.merged`), '');
  for (const name of readdirSync(toFsPath(staged), { encoding: 'buffer' })) {
    const entry = decodeName(name);
    putEntry(join(staged, entry), join(place, entry), trash);
  }
  rmdirSync(toFsPath(staged));
}

/** Moves what stands at a place to the trash, under the first free name. */
function moveAway(place: string, trash: string): void {
  let target = trash;
  for (let i = 1; look(target) !== null; i++) target = `${trash}.${String(i)}`;
  try {
    renameSync(toFsPath(place), toFsPath(target));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Whether any part of putting an entry in place was done. */
function wasTouched(area: AreaPlace, { number }: Put): boolean {
  const trash = trashedAt(area, number);
  const staged = look(stagedAt(area, number));
  return staged === null || staged.nlink > 1 || staged.isSymbolicLink() || look(trash) !== null;
}

function takeBack(area: AreaPlace, move: Put, place: string): void {
  const staged = stagedAt(area, move.number);
  const trash = trashedAt(area, move.number);
  if (look(`${trash}.merged`) !== null) return;
  const source = look(staged);
  const found = look(place);
  if (source === null && found !== null) renameSync(toFsPath(place), toFsPath(staged));
  else if (source !== null && found !== null && isSame(staged, source, place, found))
    unlinkSync(toFsPath(place));
  giveBack(trash, place);
}

function giveBack(trash: string, place: string): void {
  if (look(trash) === null || look(place) !== null) return;
  renameSync(toFsPath(trash), toFsPath(place));
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(errnoOf(error) ?? '');
}
