import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector } from './detector';
import { readUpTo, statOf } from './read-file';

const MAX_BYTES = 4096;

/** A worktree whose HEAD is gone, empty or garbage (fault 8). */
export function damagedHead(): Detector {
  return {
    faults: ['git.head-damaged'],
    scope: 'worktree',
    detect: async ({ gitDir }) => {
      // Without its git directory another detector tells.
      if ((await statOf(gitDir)) === null) return [];
      const path = join(gitDir, 'HEAD');
      const text = (await readUpTo(path, MAX_BYTES))?.toString('latin1');
      if (text !== undefined && isHead(text)) return [];
      const why =
        text === undefined ? 'it is gone' : text.trim() === '' ? 'it is empty' : 'it names nothing';
      return [
        {
          fault: 'git.head-damaged',
          part: path,
          message: `${displayName(path)} cannot be read: ${why}`,
          details: { path, why },
        },
      ];
    },
  };
}

function isHead(text: string): boolean {
  return /^(?:ref: *refs\/[^\0]+|[0-9a-f]{40}|[0-9a-f]{64})\s*$/.test(text);
}
