import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { displayName } from '../../support/names';
import type { Detector, GitFault } from './detector';
import { statOf } from './read-file';
import { configText, promisorRemotes } from './repository-config';

/**
 * A partial clone whose promised objects can not be fetched, because the repository that has them is
 * gone (fault 22). Only remotes on this machine are looked at: others would have to be asked.
 */
export function brokenPromise(): Detector {
  return {
    faults: ['git.promise-broken'],
    scope: 'repository',
    detect: async ({ commonDir }) => {
      const faults: GitFault[] = [];
      for (const { name, url } of promisorRemotes(await configText(commonDir))) {
        const target = url === null ? null : localPath(url, commonDir);
        if (target === null || (await statOf(target)) !== null) continue;
        faults.push({
          fault: 'git.promise-broken',
          part: name,
          message: `${displayName(commonDir)} is a partial clone, and ${displayName(target)}, which has the rest of its objects, is not there`,
          details: { remote: name, target },
        });
      }
      return faults;
    },
  };
}

/** The folder that an address names, or null where it is on another machine. */
function localPath(url: string, commonDir: string): string | null {
  if (url.startsWith('file://'))
    try {
      return fileURLToPath(url);
    } catch {
      return null;
    }
  // A colon before the first slash makes it `host:path`.
  return /^[^/\\]*:/.test(url) && !/^[A-Za-z]:[/\\]/.test(url) ? null : resolve(commonDir, url);
}
