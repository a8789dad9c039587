import { headOf } from '../../worktrees/head';
import { displayName } from '../../support/names';
import type { Detector, GitFault } from './detector';
import { missingOf, objectPath } from './object-lookup';
import { configText, idBytesIn, promisorRemotes } from './repository-config';

interface Memory {
  /** The commit, and when the folders that can hold it last changed. */
  readonly state: string;
  readonly isMissing: boolean;
}

/**
 * A worktree whose commit is not there (fault 6): git refuses almost everything in it. Its HEAD, or the
 * branch, is in order; what they name is gone, with a pack or by a crash.
 */
export function missingHead(): Detector {
  const memories = new Map<string, Memory>();
  return {
    faults: ['git.object-missing'],
    scope: 'worktree',
    detect: async (place, objects) => {
      const { gitDir, commonDir, path } = place;
      const head = await headOf(place);
      const folders = await objects.times();
      // Beside the folder that holds them there is none where objects are not kept.
      if (head.kind === 'unreadable' || head.commit === null || folders.size <= 1) return [];
      const id = head.commit;
      const times = ['pack', id.slice(0, 2)].map((name) => String(folders.get(name)));
      const state = [id, ...times].join(' ');
      let memory = memories.get(gitDir);
      if (memory?.state !== state) {
        const config = await configText(commonDir);
        if (promisorRemotes(config).length > 0) return [];
        const missing = await missingOf(commonDir, idBytesIn(config), [id]);
        if (missing === null) return [];
        memory = { state, isMissing: missing.length > 0 };
        memories.set(gitDir, memory);
      }
      return memory.isMissing ? [missingObject(path, commonDir, id)] : [];
    },
  };
}

/** That a worktree needs an object which is nowhere. */
export function missingObject(worktree: string, commonDir: string, id: string): GitFault {
  const part = objectPath(commonDir, id);
  return {
    fault: 'git.object-missing',
    part,
    message: `${displayName(worktree)} needs the object ${id}, which is missing`,
    details: { path: part },
  };
}
