import { entriesOf } from './read-file';
import { join } from 'node:path';

/** A repository with more loose refs than this is looked at in part. */
const MAX_REFS = 5_000;
const MAX_DEPTH = 12;

/** Files below a folder of refs, as paths relative to `root` with '/'. @param top as `refs` */
export async function walkRefs(root: string, top: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    for (const { name, isFolder } of await entriesOf(join(root, folder))) {
      if (found.length >= MAX_REFS) return;
      const path = `${folder}/${name}`;
      if (!isFolder) found.push(path);
      else if (depth < MAX_DEPTH) await visit(path, depth + 1);
    }
  };
  await visit(top, 0);
  return found;
}
