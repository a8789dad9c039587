import { BulwarkError } from '../../support/errors';
import { displayName } from '../../support/names';

/** How a path stands to the paths that were asked for. */
export type Standing = 'inside' | 'above' | 'outside';

/** Which part of a tree is meant. */
export interface PathFilter {
  standing(path: string): Standing;
}

/** All of the tree. */
export const WHOLE_TREE: PathFilter = { standing: () => 'inside' };

/** Only these paths and what is below them. @param paths as {@link cleanTreePath} gives them */
export function onlyPaths(paths: readonly string[]): PathFilter {
  const wanted = new Set(paths);
  const above = new Set<string>();
  for (const path of wanted) for (const parent of parentsOf(path)) above.add(parent);
  return {
    standing(path) {
      if (wanted.has('') || wanted.has(path)) return 'inside';
      if (parentsOf(path).some((parent) => wanted.has(parent))) return 'inside';
      return path === '' || above.has(path) ? 'above' : 'outside';
    },
  };
}

/**
 * A tree path as the trees have it: no slash at the ends, no empty part.
 * @throws BulwarkError `path-refused` where it leads out of the tree
 */
export function cleanTreePath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.some((part) => part === '..' || part.includes('\0')))
    throw new BulwarkError('path-refused', `${displayName(path)} leads out of the snapshot`, {
      hint: 'Name a path inside the snapshot, with "/" between its parts.',
    });
  return parts.join('/');
}

/** The folders above a path, the nearest first, without the root. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
    parents.push(path.slice(0, at));
  return parents;
}

/** The folder above a path, `''` for what lies in the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function childPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
