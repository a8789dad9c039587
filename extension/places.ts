import * as path from 'node:path';
import type { WorktreeInfo } from '../agent/protocol/entities';
import { hasRawBytes } from './names';

/** Where a file is: the worktree that holds it, and its path inside it. */
export interface Place {
  readonly worktree: WorktreeInfo;
  /** `/`-separated; `""` is the worktree's own folder. */
  readonly path: string;
}

/** What of the operating system decides how paths are read. */
export interface PathRules {
  readonly platform: NodeJS.Platform;
  /** Follows links; throws where the path is not there. */
  realpath(file: string): Promise<string>;
}

/**
 * Finds the worktree of a file of this window. A folder may be opened through
 * a link, while the agent knows real paths: what the folders of the window
 * really are is looked up once, when they change.
 */
export class Places {
  readonly #rules: PathRules;
  readonly #path: path.PlatformPath;
  #folders: readonly { readonly opened: string; readonly real: string }[] = [];

  constructor(rules: PathRules) {
    this.#rules = rules;
    this.#path = rules.platform === 'win32' ? path.win32 : path.posix;
  }

  /** Tells which folders the window has open, as it spells them. */
  async setFolders(opened: readonly string[]): Promise<void> {
    this.#folders = await Promise.all(
      opened.map(async (folder) => ({
        opened: folder,
        real: await this.#rules.realpath(folder).catch(() => folder),
      })),
    );
  }

  /** The innermost worktree that holds `file` (a path of this window), or null. */
  locate(worktrees: readonly WorktreeInfo[], file: string): Place | null {
    let best: Place | null = null;
    for (const candidate of this.#spellings(file)) {
      for (const worktree of worktrees) {
        const inside = this.relative(worktree.path, candidate);
        if (inside === null) continue;
        if (best === null || worktree.path.length > best.worktree.path.length) {
          best = { worktree, path: inside };
        }
      }
    }
    return best;
  }

  /** Whether one of the window's folders is in the worktree, or the worktree in one of them. */
  isOpen(worktree: WorktreeInfo): boolean {
    return this.#folders.some(
      ({ opened, real }) =>
        this.relative(worktree.path, real) !== null ||
        this.relative(worktree.path, opened) !== null ||
        this.relative(real, worktree.path) !== null,
    );
  }

  /** The path of `file` inside `folder`, `/`-separated, `""` for the folder itself; null outside. */
  relative(folder: string, file: string): string | null {
    const from = this.#path.normalize(folder);
    const to = this.#path.normalize(file);
    if (this.#same(from, to)) return '';
    const prefix = from.endsWith(this.#path.sep) ? from : from + this.#path.sep;
    if (!this.#same(prefix, to.slice(0, prefix.length))) return null;
    return to.slice(prefix.length).split(this.#path.sep).join('/');
  }

  /** The path on disk of an entry of a worktree, or null where VS Code could not open it. */
  onDisk(root: string, inside: string): string | null {
    if (hasRawBytes(root) || hasRawBytes(inside)) return null;
    return this.#path.join(root, ...inside.split('/'));
  }

  #spellings(file: string): readonly string[] {
    const spellings = [file];
    for (const { opened, real } of this.#folders) {
      if (this.#same(opened, real)) continue;
      const inside = this.relative(opened, file);
      if (inside !== null) spellings.push(this.#path.join(real, ...inside.split('/')));
    }
    return spellings;
  }

  #same(a: string, b: string): boolean {
    // Windows and macOS keep the case of names but do not tell names apart by it.
    if (this.#rules.platform === 'win32' || this.#rules.platform === 'darwin') {
      return a.toLowerCase() === b.toLowerCase();
    }
    return a === b;
  }
}
