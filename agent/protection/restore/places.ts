import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { displayName, toFsPath } from '../../support/names';
import { parentsOf } from './path-filter';
import type { AreaPlace } from './work';

/** What is at a path, links not followed; null when nothing is. */
export function look(path: string): Stats | null {
  try {
    return lstatSync(toFsPath(path));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw fileError(error, path);
  }
}

/** The absolute path of an entry of an area. */
export function placeOf(area: AreaPlace, path: string): string {
  return path === '' ? area.root : join(area.root, path);
}

/**
 * Makes sure that every folder above an entry is a folder and no link, looked
 * at anew each time, so that nothing is ever written through a link.
 * @returns whether all of them are there
 * @throws BulwarkError `path-refused`
 */
export function parentsAreFolders(area: AreaPlace, path: string): boolean {
  for (const folder of ['', ...parentsOf(path).reverse()]) {
    const place = placeOf(area, folder);
    const found = look(place);
    if (found === null) return false;
    if (!found.isDirectory()) throw throughLink(place);
  }
  return true;
}

/** As {@link parentsAreFolders}, and makes the folders that are missing. */
export function makeParents(area: AreaPlace, path: string): void {
  for (const folder of ['', ...parentsOf(path).reverse()]) {
    const place = placeOf(area, folder);
    const found = look(place);
    if (found === null) mkdirSync(toFsPath(place), { recursive: folder === '' });
    else if (!found.isDirectory()) throw throughLink(place);
  }
}

function throughLink(path: string): BulwarkError {
  return new BulwarkError(
    'path-refused',
    `${displayName(path)} is a link or a file where a folder must be; nothing is written through it`,
    { hint: 'Move it away, then plan the restore again.', details: { path } },
  );
}

export function stagedAt(area: AreaPlace, number: number): string {
  return join(area.staging, 'new', String(number));
}

export function trashedAt(area: AreaPlace, number: number): string {
  return join(area.staging, 'trash', String(number));
}
