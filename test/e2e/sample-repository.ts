import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

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
  write(main, '.gitignore', '.env\ncache/\n');
  write(main, 'README.md', '# Web shop\n\nSells everything.\n');
  write(main, 'src/cart.ts', cart(1));
  write(main, 'src/checkout/pay.ts', 'export const currency = "EUR";\n');
  write(main, 'src/häufige fragen 🚀.md', '# Fragen\n');
  write(main, 'bin/deploy', '#!/bin/sh\necho deploy\n', 0o755);
  writeFileSync(join(main, 'logo.png'), picture());
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
export function git(cwd: string, ...args: string[]): string {
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
export function cart(change: number): string {
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
  write(root, 'cache/warm.bin', randomBytes(300_000));
  mkdirSync(join(root, 'empty folder'));
}

function write(root: string, path: string, content: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
}

/** A real PNG of 64 × 64 pixels. */
function picture(): Buffer {
  const size = 64;
  const rows = Array.from({ length: size }, (_, y) =>
    Buffer.from([0, ...Array.from({ length: size }, (__, x) => [x * 4, y * 4, 160]).flat()]),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
