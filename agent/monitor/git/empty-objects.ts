import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, GitFault } from './detector';
import { entriesOf, statOf } from './read-file';

interface Memory {
  /** Of each folder of objects, its last change when it was read. */
  readonly read: Map<string, bigint>;
  readonly empty: Set<string>;
}

/** Files that are looked at in one go; the rest comes the next time. */
const MAX_FILES = 5_000;

/**
 * Loose objects that a crash left empty (fault 6). Reads all folders of objects once, and later only
 * those that changed.
 */
export function emptyObjects(): Detector {
  const memories = new Map<string, Memory>();
  return {
    faults: ['git.object-empty'],
    scope: 'repository',
    detect: async ({ commonDir }) => {
      const memory = memories.get(commonDir) ?? { read: new Map(), empty: new Set() };
      memories.set(commonDir, memory);
      await readFolders(join(commonDir, 'objects'), memory);
      const faults: GitFault[] = [];
      for (const path of memory.empty) {
        const found = await statOf(path);
        if (found?.size !== 0n) memory.empty.delete(path);
        else
          faults.push({
            fault: 'git.object-empty',
            part: path,
            message: `${displayName(path)} is empty`,
            details: { path },
          });
      }
      return faults;
    },
  };
}

async function readFolders(objects: string, { read, empty }: Memory): Promise<void> {
  let left = MAX_FILES;
  for (const { name, isFolder } of await entriesOf(objects)) {
    if (!isFolder || !/^[0-9a-f]{2}$/.test(name)) continue;
    const folder = join(objects, name);
    const found = await statOf(folder);
    if (found === null || read.get(folder) === found.mtimeNs) continue;
    if (left <= 0) return;
    for (const entry of await entriesOf(folder)) {
      if (entry.isFolder || !/^[0-9a-f]{38}(?:[0-9a-f]{24})?$/.test(entry.name)) continue;
      left -= 1;
      const path = join(folder, entry.name);
      if ((await statOf(path))?.size === 0n) empty.add(path);
    }
    read.set(folder, found.mtimeNs);
  }
}
