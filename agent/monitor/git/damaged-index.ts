import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, GitFault, GitPlace } from './detector';
import { checkIndex, type IndexCheck } from './index-format';
import { readUpTo, stampOf, statOf } from './read-file';
import { configText, idBytesIn } from './repository-config';

/** A larger index is not read. */
const MAX_BYTES = 256 * 1024 * 1024;

/** An index that is empty, cut short, garbage (fault 3), or whose shared part is gone (fault 4). */
export function damagedIndex(): Detector {
  const known = new Map<string, { readonly stamp: string; readonly check: IndexCheck }>();
  return {
    faults: ['git.index-damaged', 'git.index-part-missing'],
    scope: 'worktree',
    detect: async (place) => {
      const path = join(place.gitDir, 'index');
      const found = await statOf(path);
      // A new repository has none.
      if (found?.isFile() !== true) return [];
      const stamp = stampOf(found);
      let last = known.get(path);
      if (last?.stamp !== stamp) {
        const data = await readUpTo(path, MAX_BYTES);
        if (data === null) return [];
        last = { stamp, check: checkIndex(data, idBytesIn(await configText(place.commonDir))) };
        known.set(path, last);
      }
      return await faultsOf(path, last.check, place);
    },
  };
}

async function faultsOf(
  path: string,
  check: IndexCheck,
  { gitDir }: GitPlace,
): Promise<GitFault[]> {
  if (check.kind === 'damaged')
    return [
      {
        fault: 'git.index-damaged',
        part: path,
        message: `${displayName(path)} cannot be read: ${check.why}`,
        details: { path, why: check.why },
      },
    ];
  if (check.shared === null) return [];
  const shared = join(gitDir, `sharedindex.${check.shared}`);
  if ((await statOf(shared)) !== null) return [];
  return [
    {
      fault: 'git.index-part-missing',
      part: path,
      message: `${displayName(path)} needs ${displayName(shared)}, which is gone`,
      details: { path, shared },
    },
  ];
}
