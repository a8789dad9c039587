import type { Change } from './watch-target';

/** What is to be looked at in a changed folder. */
export type Extent =
  /** Everything below. */
  | { readonly kind: 'subtree' }
  /** All its own entries. */
  | { readonly kind: 'folder' }
  /** These of its entries. */
  | { readonly kind: 'entries'; readonly names: ReadonlySet<string> };

export const SUBTREE: Extent = { kind: 'subtree' };
export const FOLDER: Extent = { kind: 'folder' };

/** From this many entries of one folder on, listing it costs no more than looking at each. */
const MOST_NAMES = 64;

/** Changes gathered by folder, each with all that any of them covers. */
export class ChangeSet {
  #extents = new Map<string, Extent>();

  /** Number of folders. */
  get size(): number {
    return this.#extents.size;
  }

  add({ path, ...extent }: Change): void {
    const known = this.#extents.get(path);
    this.#extents.set(path, known === undefined ? bounded(extent) : wider(known, extent));
  }

  /** Gives all of them, and begins anew. */
  take(): Map<string, Extent> {
    const extents = this.#extents;
    this.#extents = new Map();
    return extents;
  }
}

/** What covers both. */
export function wider(known: Extent, added: Extent): Extent {
  if (known.kind === 'subtree' || added.kind === 'subtree') return SUBTREE;
  if (known.kind === 'folder') return known;
  if (added.kind === 'folder') return added;
  return bounded({ kind: 'entries', names: new Set([...known.names, ...added.names]) });
}

function bounded(extent: Extent): Extent {
  return extent.kind === 'entries' && extent.names.size > MOST_NAMES ? { kind: 'folder' } : extent;
}
