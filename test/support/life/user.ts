import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from '../restore-world';
import type { Seeded } from '../seeded';
import type { GitFacts } from './model';
import { pictureOf, type Picture } from './pictures';

const FOLDERS = ['', 'd0', 'd0/d1', 'd0/d1/d2', 'd3', 'd ü'];
const FILES = ['f0', 'f1', 'f2', 'f3.txt', 'f4.txt', '.f5', 'f 6'];
const BITS = [0o644, 0o755, 0o600, 0o444];

/** A weight, and what it does; each is done before anything else can happen. */
export interface UserAct {
  readonly name: string;
  readonly weight: number;
  run(user: User): void;
}

/** Somebody who works in a worktree, with all that may come to their mind. */
export class User {
  readonly folder: string;
  readonly random: Seeded;
  readonly #branches: readonly string[];

  /** @param branches between which they switch */
  constructor(folder: string, random: Seeded, branches: readonly string[]) {
    this.folder = folder;
    this.random = random;
    this.#branches = branches;
  }

  get picture(): Picture {
    return pictureOf(this.folder);
  }

  get git(): GitFacts {
    return {
      head: git(this.folder, 'rev-parse', 'HEAD'),
      branch: git(this.folder, 'rev-parse', '--abbrev-ref', 'HEAD'),
      index: git(this.folder, 'ls-files', '-s'),
    };
  }

  /** Runs git; what it refuses is left. */
  tryGit(...args: string[]): void {
    try {
      git(this.folder, ...args);
    } catch {
      // It is in the way of something: a person would do something else.
    }
  }

  switchBranch(): void {
    this.tryGit('switch', '-q', this.random.pick(this.#branches) ?? 'main');
  }

  newPath(): string {
    const folder = this.random.pick(FOLDERS) ?? '';
    return join(folder, this.random.pick(FILES) ?? 'f0');
  }

  full(path: string): string {
    return join(this.folder, path);
  }

  /** A path that is there. @param kind `file`, `folder` or `link` */
  existing(kind: string): string | null {
    const found = [...this.picture].filter(([, text]) => text.startsWith(`${kind} `));
    return this.random.pick(found)?.[0] ?? null;
  }

  content(): Buffer {
    const { random } = this;
    if (random.chance(0.1)) return Buffer.alloc(0);
    if (random.chance(0.03)) return Buffer.alloc(1_500_000, random.bytes(4_099));
    return Buffer.from(`line ${String(random.below(1e9))}\n`.repeat(1 + random.below(90)));
  }

  write(path: string, content = this.content()): void {
    const full = this.full(path);
    mkdirSync(dirname(full), { recursive: true });
    rmSync(full, { force: true });
    writeFileSync(full, content, { mode: this.random.pick(BITS) ?? 0o644 });
  }
}

const inFile =
  (act: (user: User, path: string) => void) =>
  (user: User): void => {
    const path = user.existing('file');
    if (path === null) user.write(user.newPath());
    else act(user, path);
  };

export const USER_ACTS: readonly UserAct[] = [
  { name: 'write', weight: 14, run: (user) => user.write(user.newPath()) },
  {
    name: 'edit in place',
    weight: 14,
    run: inFile((user, path) => {
      chmodSync(user.full(path), 0o644);
      writeFileSync(user.full(path), user.content());
    }),
  },
  {
    name: 'change without another size',
    weight: 5,
    run: inFile((user, path) => {
      chmodSync(user.full(path), 0o644);
      const content = readFileSync(user.full(path));
      if (content.length > 0) content.writeUInt8((content.readUInt8(0) + 1) % 256, 0);
      writeFileSync(user.full(path), content);
    }),
  },
  {
    name: 'append',
    weight: 8,
    run: inFile((user, path) => {
      chmodSync(user.full(path), 0o644);
      appendFileSync(user.full(path), 'more\n');
    }),
  },
  {
    name: 'save as an editor does',
    weight: 5,
    run: inFile((user, path) => {
      writeFileSync(user.full('f0.tmp'), user.content());
      renameSync(user.full('f0.tmp'), user.full(path));
    }),
  },
  {
    name: 'rename a file',
    weight: 6,
    run: inFile((user, path) => {
      const to = user.newPath();
      mkdirSync(dirname(user.full(to)), { recursive: true });
      renameSync(user.full(path), user.full(to));
    }),
  },
  {
    name: 'rename a folder',
    weight: 3,
    run: (user) => {
      const from = user.existing('folder');
      const to = user.random.pick(['d0', 'd3', 'd4', 'd ü']) ?? 'd4';
      if (from !== null && !existsSync(user.full(to))) renameSync(user.full(from), user.full(to));
    },
  },
  { name: 'delete a file', weight: 6, run: inFile((user, path) => rmSync(user.full(path))) },
  {
    name: 'delete a folder',
    weight: 2,
    run: (user) => {
      const path = user.existing('folder');
      if (path !== null) rmSync(user.full(path), { recursive: true });
    },
  },
  {
    name: 'change bits',
    weight: 5,
    run: inFile((user, path) => chmodSync(user.full(path), user.random.pick(BITS) ?? 0o644)),
  },
  {
    name: 'make a link',
    weight: 3,
    run: (user) => {
      const path = user.full(user.newPath());
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      symlinkSync(user.random.pick(['f0', '../f1', '/nowhere']) ?? 'f0', path);
    },
  },
  {
    name: 'make a folder',
    weight: 2,
    run: (user) => {
      const path = user.full(join(user.random.pick(FOLDERS) ?? '', 'd9'));
      if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o750 });
      else if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
    },
  },
  { name: 'stage', weight: 4, run: (user) => user.tryGit('add', '-A') },
  {
    name: 'commit',
    weight: 3,
    run: (user) => {
      user.tryGit('add', '-A');
      user.tryGit('commit', '-q', '--allow-empty', '-m', 'more');
    },
  },
  { name: 'reset --hard', weight: 2, run: (user) => user.tryGit('reset', '-q', '--hard') },
  {
    name: 'clean',
    weight: 2,
    run: (user) => user.tryGit('clean', '-fdq', '-e', 'node_modules'),
  },
  {
    name: 'switch branches',
    weight: 3,
    run: (user) => user.switchBranch(),
  },
];
