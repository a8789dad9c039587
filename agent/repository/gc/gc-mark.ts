import { breathe } from '../../support/breathe';
import { BulwarkError, messageOf, throwIfAborted } from '../../support/errors';
import { toBlobId, type BlobId } from '../blob-id';
import { IdSet } from './id-set';
import type { StoreRecord } from '../record';
import type { Repository } from '../repository';
import { chunkReferences, referencesOf, timesReferences } from '../tree-references';

/** What a record keeps alive: objects, with all that they name. */
interface Roots {
  readonly trees: readonly BlobId[];
  readonly times: readonly BlobId[];
}

/** The roots of any record. Whatever gets roots in the future is kept alive by naming them here. */
function rootsOf(record: StoreRecord): Roots {
  if (!('roots' in record)) return { trees: [], times: [] };
  return {
    trees: record.roots.map(({ tree }) => tree),
    times: record.roots.map(({ times }) => times),
  };
}

type Kind = 'tree' | 'times' | 'chunks';

/** Objects that are read in one go before others get their turn. */
const AT_ONCE = 64;

/**
 * Finds all that records keep alive. Each object is read once, however many snapshots share it, and
 * what is known of a blob is a few bytes in flat memory, not an object.
 */
export class Marker {
  /** Everything that is alive, whatever it is. */
  readonly live = new IdSet();
  /**
   * What was followed, by what it was followed as: a file whose bytes happen to be those of a tree
   * must not make us pass over the tree.
   */
  readonly #followed: Readonly<Record<Kind, IdSet>> = {
    tree: new IdSet(),
    times: new IdSet(),
    chunks: new IdSet(),
  };
  readonly #repository: Repository;
  readonly #signal: AbortSignal | undefined;
  readonly #onLive: ((binaryId: Buffer) => void) | undefined;
  #read = 0;

  /** @param onLive told about each blob when it is first found alive */
  constructor(repository: Repository, signal?: AbortSignal, onLive?: (binaryId: Buffer) => void) {
    this.#repository = repository;
    this.#signal = signal;
    this.#onLive = onLive;
  }

  /**
   * Marks what one record keeps alive.
   * @throws BulwarkError `store-damaged` when something of it cannot be read: what it names is then
   *   not known, so nothing may be deleted
   */
  async mark(record: StoreRecord): Promise<void> {
    const { trees, times } = rootsOf(record);
    try {
      await this.#follow('tree', trees);
      await this.#follow('times', times);
    } catch (error) {
      if (!(error instanceof BulwarkError) || error.reason === 'cancelled') throw error;
      throw new BulwarkError(
        'store-damaged',
        `${record.type} ${record.id.slice(0, 10)} is damaged: ${messageOf(error)}`,
        {
          hint: 'Nothing was deleted. See what is wrong with "bulwark verify".',
          details: { snapshot: record.id },
          cause: error,
        },
      );
    }
  }

  isLive(id: BlobId): boolean {
    return this.live.has(Buffer.from(id, 'hex'));
  }

  /** Follows objects level by level; those of a level in the order in which they lie on the disk. */
  async #follow(kind: Kind, roots: readonly BlobId[]): Promise<void> {
    let level = roots.filter((id) => this.#isNew(kind, Buffer.from(id, 'hex')));
    while (level.length > 0) {
      const below: BlobId[] = [];
      for (const id of this.#inOrder(level)) {
        if ((this.#read += 1) % AT_ONCE === 0) {
          throwIfAborted(this.#signal);
          await breathe();
        }
        const bytes = await this.#repository.read(id);
        if (kind === 'tree') await this.#tree(bytes, below);
        else
          for (const child of timesReferences(bytes))
            if (this.#isNew('times', child)) below.push(toBlobId(child));
      }
      level = below;
    }
  }

  async #tree(bytes: Buffer, below: BlobId[]): Promise<void> {
    const { folders, files, chunked } = referencesOf(bytes);
    for (const id of files) this.#add(id);
    for (const id of folders) if (this.#isNew('tree', id)) below.push(toBlobId(id));
    for (const id of chunked) {
      if (!this.#isNew('chunks', id)) continue;
      const list = await this.#repository.read(toBlobId(id));
      for (const chunk of chunkReferences(list)) this.#add(chunk);
    }
  }

  #add(id: Buffer): void {
    if (this.live.add(id)) this.#onLive?.(id);
  }

  #isNew(kind: Kind, id: Buffer): boolean {
    this.#add(id);
    return this.#followed[kind].add(id);
  }

  #inOrder(ids: readonly BlobId[]): BlobId[] {
    if (ids.length === 1) return [...ids];
    return ids
      .map((id) => ({ id, at: this.#repository.catalog.find(id) }))
      .sort((a, b) => {
        if (a.at === null || b.at === null) return 0;
        if (a.at.pack !== b.at.pack) return a.at.pack < b.at.pack ? -1 : 1;
        return a.at.frameOffset - b.at.frameOffset;
      })
      .map(({ id }) => id);
  }
}
