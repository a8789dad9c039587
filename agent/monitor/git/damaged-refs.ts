import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, GitFault } from './detector';
import { readUpTo, stampOf, statOf } from './read-file';
import { walkRefs } from './walk-refs';

/** Larger than any ref. */
const MAX_BYTES = 8192;

/**
 * Loose refs that hold no object id (fault 7): git takes a branch that is empty for one without
 * commits, and shows every file as added.
 */
export function damagedRefs(): Detector {
  const known = new Map<string, { readonly stamp: string; readonly ok: boolean }>();
  return {
    faults: ['git.ref-damaged'],
    scope: 'repository',
    detect: async ({ commonDir }) => {
      const faults: GitFault[] = [];
      for (const ref of await walkRefs(commonDir, 'refs')) {
        if (ref.endsWith('.lock')) continue;
        const path = join(commonDir, ref);
        const found = await statOf(path);
        if (found?.isFile() !== true) continue;
        const stamp = stampOf(found);
        let last = known.get(path);
        if (last?.stamp !== stamp) {
          const data = await readUpTo(path, MAX_BYTES);
          // Packed or deleted meanwhile.
          if (data === null && (await statOf(path)) === null) continue;
          last = { stamp, ok: data !== null && isRef(data.toString('latin1')) };
          known.set(path, last);
        }
        if (!last.ok)
          faults.push({
            fault: 'git.ref-damaged',
            part: ref,
            message: `${displayName(ref)} of ${displayName(commonDir)} holds no commit`,
            details: { path, ref, bytes: Number(found.size) },
          });
      }
      return faults;
    },
  };
}

function isRef(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64}|ref: *refs\/[^\0]+)\s*$/.test(text);
}
