import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './git-inventory';
import { makeLab, type Where } from './git-lab';

/** An ordinary state of an ordinary repository. */
interface HealthyState {
  readonly name: string;
  /** Makes it in an empty folder. @returns a worktree */
  make(root: string): string;
}

/** A kind of repository; makes one, and gives the worktree that is used. */
type Layout = readonly [name: string, make: (root: string) => string];
/** Something that is done in a worktree. */
type Change = readonly [name: string, make: (worktree: string) => void];

const LAYOUTS: readonly Layout[] = [
  ...(['main', 'linked', 'nested', 'detached'] as const).map((where: Where): Layout => [
    `${where} worktree`,
    (root) => makeLab(root, where, 'dirty').target,
  ]),
  [
    'worktree of a bare repository',
    (root) => worktreeOf(cloneOf(root, 'app.git', '--bare'), join(root, 'tree')),
  ],
  [
    'worktree beside a .git that is bare',
    (root) => {
      mkdirSync(join(root, 'all'));
      return worktreeOf(cloneOf(root, 'all/.git', '--bare'), join(root, 'all', 'tree'));
    },
  ],
  [
    'clone with its git directory elsewhere',
    (root) => cloneOf(root, 'copy', `--separate-git-dir=${join(root, 'elsewhere.git')}`),
  ],
  ['shallow clone', (root) => cloneOf(root, 'copy', '--depth', '1', '--no-single-branch')],
  [
    'partial clone',
    (root) => {
      git(makeLab(root, 'main', 'dirty').repo, 'config', 'uploadpack.allowFilter', 'true');
      return cloned(root, 'copy', '--filter=blob:none');
    },
  ],
  ['clone that borrows objects', (root) => cloneOf(root, 'copy', '--shared')],
  [
    'sparse worktree',
    (root) => {
      const copy = cloneOf(root, 'copy');
      git(copy, 'sparse-checkout', 'set', '--no-cone', '/*', '!/b.txt');
      return copy;
    },
  ],
];

const HABITS: readonly Change[] = [
  ['', () => undefined],
  ['split index', (path) => void git(path, 'update-index', '--split-index')],
  ['index of version 4', (path) => void git(path, 'update-index', '--index-version', '4')],
  ['untracked cache', (path) => void git(path, 'update-index', '--force-untracked-cache')],
  ['packed refs', (path) => void git(path, 'pack-refs', '--all')],
  ['one pack', (path) => void git(path, 'repack', '-a', '-d', '-q', '--write-bitmap-index')],
  [
    'commit graph and multi-pack index',
    (path) => {
      git(path, 'repack', '-d', '-q');
      git(path, 'commit-graph', 'write', '--reachable');
      git(path, 'multi-pack-index', 'write');
    },
  ],
  [
    'file taken for unchanged',
    (path) => void git(path, 'update-index', '--assume-unchanged', 'c.txt'),
  ],
];

const DOINGS: readonly Change[] = [
  ['clean', (path) => void git(path, 'checkout', '-q', '--', '.')],
  [
    'dirty',
    (path) => {
      writeFileSync(join(path, 'a.txt'), 'changed\n');
      writeFileSync(join(path, 'new.txt'), 'not tracked\n');
    },
  ],
  [
    'staged',
    (path) => {
      writeFileSync(join(path, 'staged.txt'), 'staged\n');
      git(path, 'add', 'staged.txt');
      writeFileSync(join(path, 'intended.txt'), 'intended\n');
      git(path, 'add', '-N', 'intended.txt');
    },
  ],
  [
    'merge in a conflict',
    (path) => {
      diverge(path);
      fails(path, 'merge', 'theirs');
    },
  ],
  [
    'rebase in a conflict',
    (path) => {
      diverge(path);
      fails(path, 'rebase', 'theirs');
    },
  ],
  [
    'rebase of patches in a conflict',
    (path) => {
      diverge(path);
      fails(path, 'rebase', '--apply', 'theirs');
    },
  ],
  [
    'cherry-pick in a conflict',
    (path) => {
      diverge(path);
      fails(path, 'cherry-pick', 'theirs');
    },
  ],
  [
    'revert in a conflict',
    (path) => {
      diverge(path);
      write(path, 'newer\n');
      fails(path, 'revert', 'HEAD~1');
    },
  ],
  [
    'bisect',
    (path) => {
      diverge(path);
      git(path, 'bisect', 'start', '-q', 'HEAD', 'HEAD~1');
    },
  ],
  [
    'stash',
    (path) => {
      writeFileSync(join(path, 'a.txt'), 'stashed\n');
      git(path, 'stash', '-q');
    },
  ],
  [
    'pointers of LFS',
    (path) => {
      const oid = '0'.repeat(64);
      writeFileSync(join(path, '.gitattributes'), '*.bin filter=lfs -text\n');
      writeFileSync(
        join(path, 'big.bin'),
        `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12\n`,
      );
      git(path, 'add', '.gitattributes', 'big.bin');
    },
  ],
  [
    'submodule',
    (path) => {
      const library = join(path, '..', 'library');
      mkdirSync(library);
      git(library, 'init', '-q');
      git(library, 'config', 'user.name', 'Test');
      git(library, 'config', 'user.email', 'test@localhost');
      git(library, 'commit', '-q', '--allow-empty', '-m', 'one');
      git(path, 'submodule', '--quiet', 'add', '-f', library, 'module');
    },
  ],
  [
    'branch without commits',
    (path) => void git(path, 'switch', '-q', '--discard-changes', '--orphan', 'empty'),
  ],
];

/** Every layout with every doing, each with one of the habits in turn. */
export const HEALTHY_STATES: readonly HealthyState[] = LAYOUTS.flatMap(([layout, makeLayout], at) =>
  DOINGS.flatMap(([doing, makeDoing], turn) =>
    // Two habits each, another pair at every place.
    [0, 1].flatMap((more) => {
      const habit = HABITS[(at + turn + more * 3) % HABITS.length];
      if (habit === undefined || !goTogether(layout, habit[0], doing)) return [];
      return [
        {
          name: [layout, habit[0], doing].filter((word) => word !== '').join(', '),
          make: (root: string) => {
            const path = makeLayout(root);
            git(path, 'config', 'user.name', 'Test');
            git(path, 'config', 'user.email', 'test@localhost');
            makeDoing(path);
            habit[1](path);
            return path;
          },
        },
      ];
    }),
  ),
);

/** A bitmap needs all objects in one pack, and a file that is taken for unchanged a file. */
function goTogether(layout: string, habit: string, doing: string): boolean {
  if (doing === 'branch without commits' && habit.startsWith('file')) return false;
  const complete = !/shallow|partial|borrows/.test(layout);
  return complete || !/pack|graph/.test(habit) || habit === 'packed refs';
}

function cloneOf(root: string, name: string, ...options: string[]): string {
  makeLab(root, 'main', 'dirty');
  return cloned(root, name, ...options);
}

function cloned(root: string, name: string, ...options: string[]): string {
  git(root, 'clone', '-q', ...options, `file://${join(root, 'app')}`, name);
  return join(root, name);
}

function worktreeOf(repository: string, path: string): string {
  git(repository, 'worktree', 'add', '-q', path, 'other');
  return path;
}

/** One commit here and another on the branch `theirs`, of the same file. */
function diverge(path: string): void {
  git(path, 'checkout', '-q', '--', '.');
  git(path, 'branch', 'theirs');
  write(path, 'mine\n');
  const file = join(path, 'a.txt');
  git(path, 'checkout', '-q', '--detach');
  const mine = git(path, 'rev-parse', 'HEAD').trim();
  git(path, 'checkout', '-q', 'theirs');
  writeFileSync(file, 'theirs\n');
  git(path, 'commit', '-q', '-m', 'theirs', 'a.txt');
  git(path, 'checkout', '-q', '-b', 'mine', mine);
}

function write(path: string, text: string): void {
  writeFileSync(join(path, 'a.txt'), text);
  git(path, 'commit', '-q', '-m', text.trim(), 'a.txt');
}

/** Runs what stops in the middle. */
function fails(path: string, ...args: string[]): void {
  try {
    git(path, ...args);
  } catch {
    return;
  }
  throw new Error(`git ${args.join(' ')} did not stop`);
}
