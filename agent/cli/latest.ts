import { BulwarkError } from '../support/errors';
import { displayName } from '../support/names';
import { reasonOf } from './failure';
import { isSourceName, snapshotRef } from './paths';

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
      hint: 'Go to the worktree, name a data source as source:NAME, or choose a snapshot by its id from: bulwark snapshots --all',
      details: { path: cwd },
      cause: error,
    });
  };
}

/** A snapshot as the user named it, and where `latest` is looked up. */
export interface NamedSnapshot {
  readonly snapshot: string;
  readonly path: string;
}

/**
 * What the user means by SNAPSHOT: the beginning of an id; `latest`, of the worktree that holds the
 * current folder; or `source:NAME`, the newest of a data source.
 * @throws `usage` when it cannot be one
 */
export function namedSnapshot(text: string, cwd: string): NamedSnapshot {
  return isSourceName(text)
    ? { snapshot: LATEST, path: text }
    : { snapshot: snapshotRef(text), path: cwd };
}
