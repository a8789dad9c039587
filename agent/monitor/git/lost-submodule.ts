import { join, resolve } from 'node:path';
import { displayName } from '../../support/names';
import { configValue } from './config-text';
import type { Detector, GitFault } from './detector';
import { entriesOf, readUpTo, statOf } from './read-file';

const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_DEPTH = 6;
const MAX_MODULES = 500;

/** Submodules whose `core.worktree` names a folder that is not there (fault 16). */
export function lostSubmodule(): Detector {
  return {
    faults: ['git.submodule-lost'],
    scope: 'repository',
    detect: async ({ commonDir }) => {
      const faults: GitFault[] = [];
      let left = MAX_MODULES;
      const visit = async (folder: string, depth: number): Promise<void> => {
        const config = await readUpTo(join(folder, 'config'), MAX_CONFIG_BYTES);
        if (config !== null && (await statOf(join(folder, 'HEAD'))) !== null) {
          left -= 1;
          const named = configValue(config.toString('utf8'), 'core', 'worktree');
          const target = named === null ? null : resolve(folder, named);
          if (target !== null && (await statOf(target)) === null)
            faults.push({
              fault: 'git.submodule-lost',
              part: folder,
              message: `The submodule in ${displayName(folder)} leads to ${displayName(target)}, which is not there`,
              details: { path: join(folder, 'config'), target },
            });
          await visitAll(join(folder, 'modules'), depth + 1);
        } else await visitAll(folder, depth + 1);
      };
      const visitAll = async (folder: string, depth: number): Promise<void> => {
        if (depth > MAX_DEPTH) return;
        for (const { name, isFolder } of await entriesOf(folder))
          if (isFolder && left > 0) await visit(join(folder, name), depth);
      };
      await visitAll(join(commonDir, 'modules'), 0);
      return faults;
    },
  };
}
