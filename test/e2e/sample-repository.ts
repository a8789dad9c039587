import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { type FolderState, folderState } from './folder-state';

/** A repository with three worktrees, each with work in progress. */
export interface SampleRepository {
  readonly main: string;
  readonly feature: string;
  readonly hotfix: string;
}

/** What must come back: every byte of a worktree, and what git says about it. */
export interface WorktreeState {
  readonly files: FolderState;
  readonly head: string;
  readonly status: string;
}

/**
 * Makes a repository below `folder`: names with blanks, umlauts and an emoji, staged, unstaged,
 * untracked and ignored work, a picture, a link, a program and an empty folder.
 */
export function makeSampleRepository(folder: string): SampleRepository {
  const main = join(folder, 'web shop');
  const feature = join(folder, 'größere suche 🌱');
  const hotfix = join(folder, 'hotfix two');
  mkdirSync(main, { recursive: true });
  git(main, 'init', '--quiet', '--initial-branch=main');
  git(main, 'config', 'user.name', 'Ada');
  git(main, 'config', 'user.email', 'ada@example.com');
  write(main, '.gitignore', '.env\ndata/\n');
  write(main, 'README.md', '# Web shop\n\nSells everything.\n');
  write(main, 'src/cart.ts', cart(1));
  write(main, 'src/checkout/pay.ts', 'export const currency = "EUR";\n');
  write(main, 'src/häufige fragen 🚀.md', '# Fragen\n');
  write(main, 'bin/deploy', '#!/bin/sh\necho deploy\n', 0o755);
  writeFileSync(join(main, 'logo.png'), Buffer.from(PICTURE, 'base64'));
  symlinkSync('src/cart.ts', join(main, 'cart link'));
  git(main, 'add', '--all');
  git(main, 'commit', '--quiet', '--message', 'The shop');
  git(main, 'worktree', 'add', '--quiet', '-b', 'feature/search', feature);
  git(main, 'worktree', 'add', '--quiet', '-b', 'hotfix', hotfix);
  work(main);
  work(feature);
  write(hotfix, 'src/cart.ts', cart(7));
  return { main, feature, hotfix };
}

/** Reads a worktree as git and as the disk see it. */
export async function worktreeState(worktree: string): Promise<WorktreeState> {
  return {
    files: await folderState(worktree),
    head: git(worktree, 'rev-parse', '--symbolic-full-name', 'HEAD'),
    status: git(worktree, 'status', '--porcelain=v2', '--untracked-files=all'),
  };
}

/** Runs git and returns what it says. */
function git(cwd: string, ...args: string[]): string {
  // The developer's own settings and a surrounding hook's variables do not count here.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')),
  );
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_OPTIONAL_LOCKS: '0' },
  });
}

/** Text of a source file; `change` makes versions of it differ. */
function cart(change: number): string {
  const lines = Array.from(
    { length: 30 },
    (_, i) => `  total += items[${String(i)}].price * ${i === 12 ? String(change) : '1'};`,
  );
  return `export function sum(items: Item[]): number {\n${lines.join('\n')}\n  return total;\n}\n`;
}

/** Uncommitted work of every sort. */
function work(root: string): void {
  write(root, 'src/cart.ts', cart(2));
  write(root, 'src/discount.ts', 'export const discount = 0.1;\n');
  git(root, 'add', 'src/cart.ts', 'src/discount.ts');
  write(root, 'src/cart.ts', cart(3));
  write(root, 'README.md', '# Web shop\n\nSells everything, and more.\n');
  write(root, 'notes/ideas für später 💡.txt', 'a day of thinking\n');
  write(root, '.env', 'API_KEY=not-in-git\n');
  write(root, 'data/warm.bin', randomBytes(300_000));
  mkdirSync(join(root, 'empty folder'));
}

function write(root: string, path: string, content: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
}

/** A PNG of 16 × 16 pixels, in base64. */
const PICTURE = [
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAARklEQVR42mNkYFggwMBAPGJkECBVgwKpGgxI',
  '1eBAqoYAUjUkkKqhgFQNDaRqmECqhgWkathAqoYDpGq4QKqGB6Rq+ECaBgBK2SCRlrI0egAAAABJRU5ErkJg',
  'gg==',
].join('');
