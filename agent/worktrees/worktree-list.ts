import { resolve } from 'node:path';
import { decodeName } from '../support/names';

/** One worktree as `git worktree list --porcelain -z` tells it. */
export interface ListedWorktree {
  readonly path: string;
  /** The commit, or null where git knows none. */
  readonly commit: string | null;
  /** The full name of the branch, or null. */
  readonly branch: string | null;
  readonly bare: boolean;
  readonly locked: { readonly reason: string } | null;
  readonly prunable: { readonly reason: string } | null;
}

/** Reads the output of `git worktree list --porcelain -z`; attributes it does not know are skipped. */
export function parseWorktreeList(output: Buffer): readonly ListedWorktree[] {
  const worktrees: ListedWorktree[] = [];
  let fields = new Map<string, string>();
  for (const line of splitNul(output)) {
    if (line.length === 0) {
      const worktree = fromFields(fields);
      if (worktree !== null) worktrees.push(worktree);
      fields = new Map();
      continue;
    }
    const text = decodeName(line);
    const space = text.indexOf(' ');
    if (space < 0) fields.set(text, '');
    else fields.set(text.slice(0, space), text.slice(space + 1));
  }
  return worktrees;
}

/** The pieces of a NUL-terminated list, without the empty one after the last NUL. */
export function splitNul(output: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (;;) {
    const end = output.indexOf(0, start);
    if (end < 0) return pieces;
    pieces.push(output.subarray(start, end));
    start = end + 1;
  }
}

function fromFields(fields: ReadonlyMap<string, string>): ListedWorktree | null {
  const path = fields.get('worktree');
  if (path === undefined) return null;
  const head = fields.get('HEAD');
  const locked = fields.get('locked');
  const prunable = fields.get('prunable');
  return {
    // Git writes forward slashes on every system.
    path: resolve(path),
    commit: head === undefined || /^0*$/.test(head) ? null : head,
    branch: fields.get('branch') ?? null,
    bare: fields.has('bare'),
    locked: locked === undefined ? null : { reason: locked },
    prunable: prunable === undefined ? null : { reason: prunable },
  };
}
