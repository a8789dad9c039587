import { idOf, TreeNode, type NodeValue } from './tree-node';

export interface ShownRowsOptions {
  /** What is below a row as it is now, or at the top. */
  readonly below: (parent: TreeNode | null) => Promise<readonly NodeValue[]>;
  /** All that can be seen of a row, as a text that is compared. */
  readonly face: (row: TreeNode) => string;
}

/**
 * The rows of a tree that were handed out, and how they looked. Finds those that have to be drawn
 * anew: drawing a row again also draws what is below it, and closes a menu that is open there.
 */
export class ShownRows {
  readonly #options: ShownRowsOptions;
  readonly #children = new Map<TreeNode | null, readonly TreeNode[]>();
  readonly #faces = new WeakMap<TreeNode, string>();
  /** Rows that VS Code was told to ask about again, and has not asked about yet. */
  readonly #told = new Set<TreeNode | null>();

  constructor(options: ShownRowsOptions) {
    this.#options = options;
  }

  /** The rows below one; the same objects as before for what was there before. */
  async children(parent: TreeNode | null): Promise<readonly TreeNode[]> {
    const values = await this.#options.below(parent);
    const gone = new Map((this.#children.get(parent) ?? []).map((row) => [row.id, row]));
    const rows = values.map((value) => {
      const known = gone.get(idOf(value));
      gone.delete(idOf(value));
      known?.take(value);
      return known ?? new TreeNode(value, parent);
    });
    for (const row of gone.values()) this.#forget(row);
    this.#children.set(parent, rows);
    this.#told.delete(parent);
    return rows;
  }

  /** Remembers how a row looks now. */
  drawn(row: TreeNode): void {
    this.#faces.set(row, this.#options.face(row));
  }

  /** The topmost rows that are not as they were drawn; null stands for all. */
  async changed(): Promise<readonly (TreeNode | null)[]> {
    const found: (TreeNode | null)[] = [];
    await this.#compare(null, found);
    return found;
  }

  async #compare(parent: TreeNode | null, found: (TreeNode | null)[]): Promise<void> {
    const rows = this.#children.get(parent);
    if (rows === undefined || this.#told.has(parent)) return;
    // What cannot be read stays as it is; who opens it next is told why.
    const values = await this.#options.below(parent).catch(() => null);
    if (values === null || this.#children.get(parent) !== rows) return;
    if (values.length !== rows.length || values.some((value, at) => idOf(value) !== rows[at]?.id)) {
      this.#told.add(parent);
      found.push(parent);
      return;
    }
    for (const [at, row] of rows.entries()) {
      const value = values[at];
      if (value !== undefined) row.take(value);
      const face = this.#options.face(row);
      if (this.#faces.get(row) === face) await this.#compare(row, found);
      else {
        this.#faces.set(row, face);
        found.push(row);
      }
    }
  }

  #forget(row: TreeNode): void {
    for (const below of this.#children.get(row) ?? []) this.#forget(below);
    this.#children.delete(row);
    this.#told.delete(row);
  }
}
