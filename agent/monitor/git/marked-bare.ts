import { basename, dirname, join } from 'node:path';
import { displayName } from '../../support/names';
import { configValue } from './config-text';
import type { Detector } from './detector';
import { readUpTo, statOf } from './read-file';

const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * `core.bare` leaked into a repository that has a main worktree (fault 9): git shows all its files
 * as deleted, or refuses. Not where a bare layout is meant.
 */
export function markedBare(): Detector {
  return {
    faults: ['git.marked-bare'],
    scope: 'repository',
    detect: async ({ commonDir }) => {
      if (basename(commonDir) !== '.git') return [];
      const path = join(commonDir, 'config');
      const text = (await readUpTo(path, MAX_CONFIG_BYTES))?.toString('latin1');
      if (text === undefined || !isTrue(configValue(text, 'core', 'bare'))) return [];
      if (isTrue(configValue(text, 'extensions', 'worktreeConfig'))) return [];
      // A repository that was meant to be bare has no index.
      if ((await statOf(join(commonDir, 'index'))) === null) return [];
      return [
        {
          fault: 'git.marked-bare',
          part: path,
          message: `core.bare is true in ${displayName(path)}, so git does not see the files in ${displayName(dirname(commonDir))}`,
          details: { path },
        },
      ];
    },
  };
}

function isTrue(value: string | null): boolean {
  return value !== null && /^(?:true|yes|on|1)$/i.test(value);
}
