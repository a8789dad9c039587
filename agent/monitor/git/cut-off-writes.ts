import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, DetectorContext, GitFault } from './detector';
import { liveGitAt } from './live-git';
import type { ObjectFolders } from './object-folders';
import { entriesOf, stampOf, statOf } from './read-file';

interface Seen {
  readonly stamp: string;
  readonly since: number;
  looks: number;
}

interface Memory {
  readonly read: Map<string, bigint>;
  readonly files: Map<string, Seen>;
}

/** As a lock, it is left over when it is the same over so many looks and ms. */
const STALE_LOOKS = 3;
const STALE_MS = 60_000;
const MAX_FILES = 1_000;

/**
 * Objects and packs that git began to write and never finished (fault 20), as when the disk was full
 * in the middle of a commit. They harm nothing but the space that they take.
 */
export function cutOffWrites({ clock }: DetectorContext, live = liveGitAt): Detector {
  const memories = new Map<string, Memory>();
  return {
    faults: ['git.write-cut-off'],
    scope: 'repository',
    detect: async (place, objects) => {
      const { commonDir } = place;
      const memory: Memory = memories.get(commonDir) ?? { read: new Map(), files: new Map() };
      memories.set(commonDir, memory);
      await find(objects, memory);
      let [bytes, stale, latest] = [0, 0, ''];
      for (const [path, before] of memory.files) {
        const found = await statOf(path);
        if (found === null) {
          memory.files.delete(path);
          continue;
        }
        const stamp = stampOf(found);
        const seen =
          before.stamp === stamp ? before : { stamp, since: clock.monotonic(), looks: 0 };
        seen.looks += 1;
        memory.files.set(path, seen);
        if (seen.looks < STALE_LOOKS || clock.monotonic() - seen.since < STALE_MS) continue;
        bytes += Number(found.size);
        stale += 1;
        latest = path;
      }
      if (stale === 0 || (await live(place)) === 'yes') return [];
      return [faultOf(commonDir, { stale, bytes, latest })];
    },
  };
}

/** What git calls an object or pack until it is whole. */
export function isCutOffName(name: string): boolean {
  return /^tmp_(?:obj|pack|idx|rev|mtimes|midx)_/.test(name);
}

function faultOf(
  commonDir: string,
  { stale, bytes, latest }: { stale: number; bytes: number; latest: string },
): GitFault {
  const files = stale === 1 ? 'file' : 'files';
  return {
    fault: 'git.write-cut-off',
    part: '',
    message: `${displayName(commonDir)} has ${String(stale)} ${files} that git never finished writing (${String(bytes)} bytes)`,
    details: { path: latest, files: stale, bytes },
  };
}

async function find(objects: ObjectFolders, { read, files }: Memory): Promise<void> {
  for (const [name, changed] of await objects.times()) {
    const folder = join(objects.path, name);
    if (read.get(folder) === changed) continue;
    for (const entry of await entriesOf(folder)) {
      if (entry.isFolder || !isCutOffName(entry.name)) continue;
      const path = join(folder, entry.name);
      if (!files.has(path) && files.size < MAX_FILES)
        files.set(path, { stamp: '', since: 0, looks: 0 });
    }
    read.set(folder, changed);
  }
}
