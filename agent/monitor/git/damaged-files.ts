import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, GitFault } from './detector';
import { readUpTo, stampOf, statOf } from './read-file';

/** Larger than these files ever are; what is larger is left to git. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Of the shared git directory, and of a linked worktree's own. */
const SHARED = ['config', 'packed-refs', 'shallow'];
const OWN = ['commondir', 'gitdir'];

/**
 * Small files of git that hold what git never writes there: a configuration without a section, a list
 * of refs with other lines. The general case: whatever did that, the newest backup has a whole one.
 */
export function damagedFiles(scope: Detector['scope']): Detector {
  const known = new Map<string, { readonly stamp: string; readonly ok: boolean }>();
  return {
    faults: ['git.file-damaged'],
    scope,
    detect: async ({ gitDir, commonDir, role }) => {
      if (scope === 'worktree' && role === 'main') return [];
      const folder = scope === 'worktree' ? gitDir : commonDir;
      const faults: GitFault[] = [];
      for (const name of scope === 'worktree' ? OWN : SHARED) {
        const path = join(folder, name);
        const found = await statOf(path);
        if (found?.isFile() !== true) continue;
        const stamp = stampOf(found);
        let last = known.get(path);
        if (last?.stamp !== stamp) {
          const data = await readUpTo(path, MAX_BYTES);
          if (data === null) continue;
          last = { stamp, ok: isWellFormed(name, data) };
          known.set(path, last);
        }
        if (!last.ok)
          faults.push({
            fault: 'git.file-damaged',
            part: path,
            message: `${displayName(path)} is damaged`,
            details: { path, name },
          });
      }
      return faults;
    },
  };
}

/** Whether one of git's own files holds what git writes there. @param name of the file in its folder */
export function isWellFormed(name: string, data: Buffer): boolean {
  const text = data.toString('latin1');
  if (text.includes('\0')) return false;
  const lines = text.split('\n').filter((line) => line !== '');
  switch (name) {
    case 'config':
      return lines.some((line) => /^\s*\[[\w.-]+(?:\s+"[^\n]*")?\s*\]/.test(line));
    case 'packed-refs':
      return lines.every((line) =>
        /^(?:#.*|\^[0-9a-f]{40,64}|[0-9a-f]{40,64} refs\/\S.*)$/.test(line),
      );
    case 'shallow':
      return lines.every((line) => /^[0-9a-f]{40,64}$/.test(line));
    case 'commondir':
    case 'gitdir':
      return lines.length === 1;
    default:
      return true;
  }
}
