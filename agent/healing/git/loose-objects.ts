import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { displayName, toFsPath } from '../../support/names';
import type { GitFault, GitPlace } from '../../monitor/git/detector';
import { entriesOf, statOf } from '../../monitor/git/read-file';
import { isObject } from './object-sources';

/** So much is read, at about 200 MB/s; the rest is left to git. */
const MAX_FILES = 20_000;
const MAX_BYTES = 256 * 1024 * 1024;

/** Loose objects whose bytes are not those of their name. */
export async function corruptObjects({ commonDir }: GitPlace): Promise<GitFault[]> {
  const faults: GitFault[] = [];
  const objects = join(commonDir, 'objects');
  let [files, bytes] = [0, 0];
  for (const { name: folder } of await entriesOf(objects)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const { name, isFolder } of await entriesOf(join(objects, folder))) {
      if (isFolder || !/^[0-9a-f]{38}(?:[0-9a-f]{24})?$/.test(name)) continue;
      const path = join(objects, folder, name);
      const size = Number((await statOf(path))?.size ?? 0n);
      // An empty one is told of by itself.
      if (size === 0) continue;
      files += 1;
      bytes += size;
      if (files > MAX_FILES || bytes > MAX_BYTES) return faults;
      const data = await readFile(toFsPath(path)).catch(() => null);
      if (data === null || isObject(data, folder + name)) continue;
      faults.push({
        fault: 'git.object-corrupt',
        part: path,
        message: `${displayName(path)} does not hold what its name says`,
        details: { path },
      });
    }
  }
  return faults;
}
