import type { Operation, WorktreeInfo } from '../agent/protocol/entities';
import type { Place, Places } from './places';
import type { WorktreeModel } from './worktree-model';

/** What of the window decides which worktrees matter here. */
export interface WindowFiles {
  /** Paths of the folders that the window has open. */
  readonly folders: () => readonly string[];
  /** Path of the file in the active editor, or null. */
  readonly activeFile: () => string | null;
}

/** The worktrees as this window sees them: its own first. */
export class WindowWorktrees {
  readonly #model: WorktreeModel;
  readonly #places: Places;
  readonly #files: WindowFiles;

  constructor(model: WorktreeModel, places: Places, files: WindowFiles) {
    this.#model = model;
    this.#places = places;
    this.#files = files;
  }

  /** All worktrees: those that are open here, then by repository, the main one first, by name. */
  all(): readonly WorktreeInfo[] {
    const rank = (worktree: WorktreeInfo): number => (this.isOpen(worktree) ? 0 : 1);
    return [...this.#model.list].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        compare(a.repository ?? a.path, b.repository ?? b.path) ||
        Number(b.main) - Number(a.main) ||
        compare(a.name, b.name) ||
        compare(a.path, b.path),
    );
  }

  /** The worktrees that hold a folder of this window, in the order of the folders. */
  open(): readonly WorktreeInfo[] {
    const found = this.#files.folders().map((folder) => this.locate(folder)?.worktree);
    return [...new Set(found.filter((worktree) => worktree !== undefined))];
  }

  /** The worktree of the active editor, or else of the first open folder that has one. */
  current(): WorktreeInfo | null {
    const file = this.#files.activeFile();
    const active = file === null ? null : this.locate(file);
    return active?.worktree ?? this.open()[0] ?? null;
  }

  /**
   * What “Undo Last Restore” takes back: the newest restore of the current
   * worktree, since several people and programs work side by side; without one, of all.
   */
  lastRestore(): Operation | null {
    const current = this.current();
    const found = this.#model.undoable.find(
      ({ target }) => current === null || this.locate(target)?.worktree === current,
    );
    return found ?? null;
  }

  /** The worktree and path of a file of this window, or null where it is not protected. */
  locate(file: string): Place | null {
    return this.#places.locate(this.#model.list, file);
  }

  /** Whether this window has the worktree, or a folder in it or around it, open. */
  isOpen(worktree: WorktreeInfo): boolean {
    return this.#places.isOpen(worktree);
  }

  /** The folders of this window that nobody protects. */
  unprotectedFolders(): readonly string[] {
    return this.#files.folders().filter((folder) => this.locate(folder) === null);
  }
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
