import { join } from 'node:path';
import { readFolder, type DiffStep, type ReadBlob, type TreeRef } from './diff';
import { childPath } from './path-filter';
import { look } from './places';

/**
 * What of a tree is not on disk, compared by name alone: for git's directory,
 * where what is there is never replaced.
 * @param skip paths that are left alone, with all below them
 */
export async function* missingOnDisk(
  read: ReadBlob,
  tree: TreeRef,
  root: string,
  skip: (path: string) => boolean,
): AsyncGenerator<DiffStep> {
  const open = [{ path: '', folder: tree, absent: look(root) === null }];
  for (;;) {
    const next = open.pop();
    if (next === undefined) return;
    const below: typeof open = [];
    for (const to of await readFolder(read, next.folder)) {
      const path = childPath(next.path, to.entry.name);
      if (skip(path)) continue;
      const found = next.absent ? null : look(join(root, path));
      if (found === null) yield* allOf(read, path, to, skip);
      else if (found.isDirectory() && to.below !== null)
        below.push({ path, folder: to.below, absent: false });
    }
    open.push(...below.reverse());
  }
}

/** An entry and all below it, a folder before what is in it. */
async function* allOf(
  read: ReadBlob,
  path: string,
  to: Awaited<ReturnType<typeof readFolder>>[number],
  skip: (path: string) => boolean,
): AsyncGenerator<DiffStep> {
  yield { kind: 'changed', path, from: null, to, standing: 'inside' };
  if (to.below === null) return;
  for (const child of await readFolder(read, to.below)) {
    const childAt = childPath(path, child.entry.name);
    if (!skip(childAt)) yield* allOf(read, childAt, child, skip);
  }
}
