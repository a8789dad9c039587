/** Where a worktree's HEAD stands. */
export type Head =
  /** On a branch; `commit` is null while the branch has no commit yet. */
  | { readonly kind: 'branch'; readonly ref: string; readonly commit: string | null }
  | { readonly kind: 'detached'; readonly commit: string }
  /** HEAD, or the branch that it names, cannot be read. */
  | { readonly kind: 'unreadable' };

/** What is wrong with the links between a worktree's folder and its git directory. */
export type WorktreeFault =
  /** The folder has no `.git`; git run in it answers for an outer repository, or for none. */
  | { readonly kind: 'git-file-missing' }
  /** The folder's `.git` leads to another git directory (`target`). */
  | { readonly kind: 'git-file-elsewhere'; readonly target: string }
  /** The folder's `.git` names a git directory that is not there. */
  | { readonly kind: 'git-dir-missing' }
  /** `core.bare` is true although there is a main worktree with an index. */
  | { readonly kind: 'marked-bare' };

/** A git worktree. All paths are absolute names as in support/names. */
export interface Worktree {
  readonly path: string;
  /** The worktree's own git directory: `C/worktrees/<id>`, or `C` for the main worktree. */
  readonly gitDir: string;
  /** The repository's shared git directory `C`. */
  readonly commonDir: string;
  readonly role: 'main' | 'linked';
  readonly head: Head;
  /** Not null where `git worktree lock` was used; the reason may be empty. */
  readonly locked: { readonly reason: string } | null;
  /** Not null where `git worktree prune` would drop it. */
  readonly prunable: { readonly reason: string } | null;
  /** Whether its folder is there. */
  readonly exists: boolean;
  readonly sparse: boolean;
  readonly fault: WorktreeFault | null;
}

/** What a path turned out to be. */
export type Discovery =
  /** No git repository: `root` is the folder itself, links resolved. */
  | { readonly kind: 'folder'; readonly root: string }
  | {
      readonly kind: 'repository';
      readonly commonDir: string;
      readonly bare: boolean;
      /** The main worktree first, where there is one; then the linked ones by their id. */
      readonly worktrees: readonly Worktree[];
    };
