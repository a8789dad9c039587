import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** All that a person could lose in a repository and its worktrees: what it is by what it holds. */
export type Inventory = ReadonlyMap<string, string>;

/** Takes stock of files, indexes, HEADs, what is under way, refs, reflogs, stashes and commits. */
export function takeStock(repo: string, worktrees: readonly string[]): Inventory {
  const stock = new Map<string, string>();
  for (const worktree of worktrees) {
    for (const [path, content] of filesIn(worktree, worktrees)) stock.set(`file ${path}`, content);
    stock.set(`index ${worktree}`, git(worktree, 'ls-files', '--stage', '-v'));
    stock.set(
      `status ${worktree}`,
      git(worktree, 'status', '--porcelain=v2', '--untracked-files=all'),
    );
    const gitDir = git(worktree, 'rev-parse', '--absolute-git-dir').trim();
    stock.set(`HEAD ${worktree}`, readFileSync(join(gitDir, 'HEAD'), 'utf8'));
    for (const name of ['rebase-merge', 'rebase-apply', 'MERGE_HEAD', 'CHERRY_PICK_HEAD'])
      for (const [path, content] of entries(join(gitDir, name)))
        stock.set(`state ${path}`, content);
    stock.set(`log ${worktree}`, git(worktree, 'reflog', 'show', 'HEAD'));
  }
  stock.set('refs', git(repo, 'for-each-ref'));
  stock.set('stashes', git(repo, 'stash', 'list'));
  for (const ref of git(repo, 'for-each-ref', '--format=%(refname)', 'refs/heads')
    .trim()
    .split('\n'))
    stock.set(`log ${ref}`, git(repo, 'reflog', 'show', ref));
  // Sorted, since one branch more lists the same commits in another order.
  const commits = git(repo, 'rev-list', '--all', '--reflog', '--objects', '--no-object-names');
  stock.set('commits', commits.trim().split('\n').sort().join('\n'));
  return stock;
}

/**
 * What differs between two inventories, with how many bytes of it are not there any more.
 * @param grows beginnings of what may have more lines than before
 */
export function compare(
  before: Inventory,
  after: Inventory,
  grows: readonly string[] = [],
): { lost: number; changed: string[] } {
  const mayGrow = (what: string): boolean => grows.some((one) => what.startsWith(one));
  const changed: string[] = [];
  let lost = 0;
  for (const [what, content] of before) {
    if (after.get(what) === content) continue;
    const lines = new Set(after.get(what)?.split('\n'));
    if (mayGrow(what) && content.split('\n').every((line) => lines.has(line))) continue;
    changed.push(what);
    if (what.startsWith('file ') && after.get(what) === undefined) lost += content.length;
    else if (what === 'commits') {
      lost += content.split('\n').filter((id) => !lines.has(id)).length;
    } else lost += Math.max(1, content.length - (after.get(what)?.length ?? 0));
  }
  for (const what of after.keys()) if (!before.has(what) && !mayGrow(what)) changed.push(what);
  return { lost, changed };
}

export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_EDITOR: 'true' },
  });
}

function filesIn(folder: string, others: readonly string[]): [string, string][] {
  return entries(folder).filter(
    ([path]) =>
      path !== join(folder, '.git') &&
      !path.startsWith(`${join(folder, '.git')}/`) &&
      !others.some((other) => other.startsWith(`${folder}/`) && path.startsWith(`${other}/`)),
  );
}

function entries(path: string): [string, string][] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isSymbolicLink()) return [[path, readlinkSync(path)]];
  if (found.isSocket()) return [[path, 'a socket']];
  if (!found.isDirectory()) return [[path, readFileSync(path, 'latin1')]];
  return readdirSync(path).flatMap((name) => entries(join(path, name)));
}
