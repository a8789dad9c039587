import { join } from 'node:path';
import type { GitPlace } from '../../monitor/git/detector';
import { lookAt, namesIn, printOf } from '../workbench/durable-files';

/** Folders of a git directory that are not git's state, or too large to be copied each time. */
export const HEAVY: ReadonlySet<string> = new Set([
  'modules',
  'objects',
  'lfs',
  'annex',
  'worktrees',
  'hooks',
]);

/** What of the shared git directory is copied before a repair, and must be the same after it. */
const SHARED = ['config', 'packed-refs', 'HEAD', 'refs', 'logs'];

/** Git's own files of a worktree and of its repository that a repair may have to do with. */
export async function gitFiles({ gitDir, commonDir }: GitPlace): Promise<string[]> {
  const own = (await lookAt(gitDir))?.isDirectory() === true ? await namesIn(gitDir) : [];
  const paths = own.filter((name) => !HEAVY.has(name)).map((name) => join(gitDir, name));
  return [...new Set([...paths, ...SHARED.map((name) => join(commonDir, name))])];
}

/** Tells whether git's files are as they were: each file with what tells its content. */
export async function printsOfGit(place: GitPlace): Promise<Map<string, string>> {
  const prints = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    const found = await lookAt(path);
    if (found?.isDirectory() === true)
      for (const name of await namesIn(path)) await visit(join(path, name));
    else if (found !== null) prints.set(path, (await printOf(path)) ?? '');
  };
  for (const path of await gitFiles(place)) await visit(path);
  return prints;
}
