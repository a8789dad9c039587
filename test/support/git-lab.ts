import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './git-inventory';

/** Which worktree a fault hits. */
export type Where = 'main' | 'linked' | 'nested' | 'detached';
/** What that worktree is in the middle of. */
export type Work = 'dirty' | 'staged' | 'rebase';

/** A repository with worktrees of every kind, with work in each of them. */
export interface Lab {
  readonly repo: string;
  readonly worktrees: readonly string[];
  /** The worktree that a fault hits, and its own and the shared git directory. */
  readonly target: string;
  readonly gitDir: string;
  readonly commonDir: string;
}

/** Makes it in an empty folder. */
export function makeLab(root: string, where: Where, work: Work): Lab {
  const repo = join(root, 'app');
  mkdirSync(repo, { recursive: true });
  git(repo, 'init', '-q', '-b', 'main');
  git(repo, 'config', 'user.name', 'Test');
  git(repo, 'config', 'user.email', 'test@localhost');
  writeFileSync(join(repo, '.gitignore'), 'ignored/\nnested*/\n');
  for (const name of ['a', 'b', 'c'])
    writeFileSync(join(repo, `${name}.txt`), `${name}\n`.repeat(50));
  git(repo, 'add', '.');
  git(repo, 'commit', '-q', '-m', 'first');
  git(repo, 'branch', 'other');
  const paths: Record<Where, string> = {
    main: repo,
    linked: join(root, 'linked'),
    nested: join(repo, 'nested'),
    detached: join(root, 'detached'),
  };
  git(repo, 'worktree', 'add', '-q', '-b', 'feature', paths.linked);
  git(repo, 'worktree', 'add', '-q', '-b', 'inner', paths.nested);
  git(repo, 'worktree', 'add', '-q', '--detach', paths.detached);
  writeFileSync(join(paths.detached, 'a.txt'), 'only here\n');
  git(paths.detached, 'commit', '-q', '-am', 'on no branch');
  writeFileSync(join(repo, 'c.txt'), 'stashed\n');
  git(repo, 'stash', '-q');
  const worktrees = Object.values(paths);
  for (const path of worktrees) makeDirty(path);
  const target = paths[where];
  if (work === 'staged') stage(target);
  if (work === 'rebase') stopInRebase(target);
  return {
    repo,
    worktrees,
    target,
    gitDir: git(target, 'rev-parse', '--absolute-git-dir').trim(),
    commonDir: join(repo, '.git'),
  };
}

function makeDirty(path: string): void {
  writeFileSync(join(path, 'b.txt'), `changed in ${path}\n`);
  writeFileSync(join(path, 'untracked.txt'), `not tracked in ${path}\n`);
  mkdirSync(join(path, 'ignored'));
  writeFileSync(join(path, 'ignored', 'secret.env'), 'SECRET=1\n');
}

function stage(path: string): void {
  writeFileSync(join(path, 'staged.txt'), 'staged\n');
  writeFileSync(join(path, 'a.txt'), 'staged\n');
  git(path, 'add', 'staged.txt', 'a.txt');
  writeFileSync(join(path, 'a.txt'), 'changed after it was staged\n');
}

function stopInRebase(path: string): void {
  writeFileSync(join(path, 'c.txt'), 'mine\n');
  git(path, 'commit', '-q', '-m', 'mine', 'c.txt');
  const base = git(path, 'rev-parse', 'HEAD~1').trim();
  // Another commit with the same file, made without touching the worktree.
  writeFileSync(join(path, 'ignored', 'theirs'), 'theirs\n');
  const blob = git(path, 'hash-object', '-w', 'ignored/theirs').trim();
  const entries = git(path, 'ls-tree', base).replace(
    /^(100644 blob )\S+(\tc\.txt)$/m,
    `$1${blob}$2`,
  );
  const made = execFileSync('git', ['mktree'], {
    cwd: path,
    input: entries,
    encoding: 'utf8',
  }).trim();
  const theirs = git(path, 'commit-tree', '-p', base, '-m', 'theirs', made).trim();
  try {
    git(path, 'rebase', '-q', '--autostash', '--onto', theirs, base);
  } catch {
    // It stops in the conflict, as it is meant to.
  }
}
