import { displayName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { readText, type ReadBlob, type TreeRef } from './diff';

/** The ref whose reflog is the list of stashes. */
export const STASH = 'refs/stash';

/** A stash: its commit, and what git shows for it. */
export interface Stash {
  readonly commit: string;
  readonly message: string;
}

/** The stashes that a snapshot's refs name, the oldest first. @param common the refs' tree */
export async function stashesIn(read: ReadBlob, common: TreeRef | null): Promise<Stash[]> {
  const log = common === null ? null : await readText(read, common, `logs/${STASH}`);
  return (log ?? '').split('\n').flatMap((line) => {
    const found = /^[0-9a-f]{40,64} ([0-9a-f]{40,64}) [^\t]*(?:\t(.*))?$/.exec(line);
    const [, commit, message = ''] = found ?? [];
    return commit === undefined ? [] : [{ commit, message: displayName(message) }];
  });
}

/** The commits of the stashes that a repository has now, the newest first. */
export async function stashedNow(git: Git, gitDir: string): Promise<string[]> {
  const args = ['log', '--walk-reflogs', '--format=%H', STASH, '--'];
  const { stdout } = await git.run({ gitDir, args, okCodes: [0, 128] });
  return stdout.toString('latin1').split('\n').filter(Boolean);
}
