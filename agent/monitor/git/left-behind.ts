import { displayName } from '../../support/names';
import { adminEntries } from '../../worktrees/git-files';
import type { Detector, GitFault, GitPlace } from './detector';
import { orphansIn } from './orphans';
import { entriesOf } from './read-file';
import { wasRemoved } from './removed';

/**
 * What remains of a linked worktree that git removed: its folder, which somebody was still writing to
 * (fault 17), and programs that run in it though it is gone and nobody waits for them (fault 25).
 * Knows the worktrees that it saw before.
 */
export function leftBehind(orphans = orphansIn): Detector {
  const memories = new Map<string, Set<string>>();
  return {
    faults: ['worktree.left-behind', 'worktree.processes-left'],
    scope: 'repository',
    detect: async (place) => {
      const { commonDir } = place;
      const known = memories.get(commonDir) ?? new Set<string>();
      memories.set(commonDir, known);
      // Whoever asks knows it, though git may have removed it before anybody looked.
      if (place.role === 'linked') known.add(place.path);
      const entries = await adminEntries(commonDir);
      const registered = new Set(entries.flatMap(({ path }) => (path === null ? [] : [path])));
      const gone = [...known].filter((path) => !registered.has(path));
      for (const path of registered) known.add(path);
      const faults: GitFault[] = [];
      const left = gone.length === 0 ? new Map<string, number[]>() : await orphans(gone);
      for (const path of gone) {
        const names = (await entriesOf(path)).map(({ name }) => name);
        const pids = left.get(path) ?? [];
        // A folder with a `.git` is somebody's new repository.
        const isLeft = names.length > 0 && !names.includes('.git');
        if (!isLeft && pids.length === 0) {
          known.delete(path);
          continue;
        }
        if (isLeft) faults.push(folderFault(path, names.length));
        if (pids.length > 0) faults.push(processFault(path, pids));
      }
      return faults;
    },
  };
}

/** The same for one worktree, for whoever asks once. */
export async function leftFolderOf(place: GitPlace): Promise<GitFault | null> {
  if (!(await wasRemoved(place))) return null;
  const entries = await entriesOf(place.path);
  const isLeft = entries.length > 0 && !entries.some(({ name }) => name === '.git');
  return isLeft ? folderFault(place.path, entries.length) : null;
}

function folderFault(path: string, entries: number): GitFault {
  return {
    fault: 'worktree.left-behind',
    part: path,
    message: `${displayName(path)} is no worktree any more, but its folder was left behind with ${String(entries)} ${entries === 1 ? 'entry' : 'entries'}`,
    details: { path, entries },
  };
}

function processFault(path: string, pids: readonly number[]): GitFault {
  const list = pids.map(String).join(' ');
  return {
    fault: 'worktree.processes-left',
    part: path,
    message: `${displayName(path)} is gone, but ${pids.length === 1 ? 'a program still runs' : 'programs still run'} there: ${list}`,
    details: { path, pids: list },
  };
}
