import { BulwarkError } from '../support/errors';
import { displayName } from '../support/names';
import { reasonOf } from './failure';

/** The newest snapshot of the worktree that holds the current folder. */
export const LATEST = 'latest';

/**
 * For requests that name a snapshot: outside of every worktree `latest` means nothing, and to
 * protect the folder one is in would be the wrong advice.
 */
export function noLatest(snapshot: string, cwd: string): (error: unknown) => never {
  return (error) => {
    if (snapshot !== LATEST || reasonOf(error) !== 'not-protected') throw error;
    throw new BulwarkError('not-protected', `${displayName(cwd)} is in no protected worktree`, {
      hint: 'Go to the worktree, or choose a snapshot by its id from: bulwark snapshots --all',
      details: { path: cwd },
      cause: error,
    });
  };
}
