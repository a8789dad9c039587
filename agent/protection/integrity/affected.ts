import { toBlobId, ID_BYTES, type BlobId } from '../../repository/blob-id';
import { momentOf, type SnapshotRecord, type SnapshotRoot } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { decodeTimes, decodeTree, type EntryTimes, type TreeEntry } from '../../repository/tree';
import { BulwarkError } from '../../support/errors';

/** A file or folder of which something cannot be read any more. */
export interface AffectedPath {
  /** The folder that the snapshots are of. */
  readonly source: string;
  readonly sourceId: string;
  /** Whether it is one of the user's files, or one of git's own. */
  readonly root: SnapshotRoot['name'];
  /** In the source; empty for all of it. */
  readonly path: string;
  /** `times`: only when its entries were changed is lost. */
  readonly what: 'file' | 'folder' | 'times';
  /** Ids of the snapshots in which it is like that. */
  readonly snapshots: readonly string[];
  /** When the first and the last of them were taken, ms since 1970. */
  readonly first: number;
  readonly last: number;
}

interface Hit {
  readonly path: string;
  readonly what: AffectedPath['what'];
}

/** Which files, in which snapshots, need one of these blobs. Folders that are shared are read once. */
export async function affectedBy(
  repository: Repository,
  lost: ReadonlySet<BlobId>,
): Promise<AffectedPath[]> {
  if (lost.size === 0) return [];
  const search = new Search(repository, lost);
  const found = new Map<string, { of: AffectedPath; snapshots: string[] }>();
  for await (const snapshot of allMoments(repository))
    for (const root of snapshot.roots)
      for (const hit of await search.folder(root.tree, root.times)) {
        const key = `${snapshot.source.id}:${root.name}:${hit.what}:${hit.path}`;
        const known = found.get(key);
        const snapshots = [...(known?.snapshots ?? []), snapshot.id];
        found.set(key, { of: widened(known?.of, snapshot, root, hit), snapshots });
      }
  return [...found.values()].map(({ of, snapshots }) => ({ ...of, snapshots }));
}

function widened(
  known: AffectedPath | undefined,
  { source, createdAt }: SnapshotRecord,
  root: SnapshotRoot,
  hit: Hit,
): AffectedPath {
  return {
    source: source.path,
    sourceId: source.id,
    root: root.name,
    ...hit,
    snapshots: [],
    first: Math.min(known?.first ?? createdAt, createdAt),
    last: Math.max(known?.last ?? createdAt, createdAt),
  };
}

/** All snapshots, and all moments of the journal in the shape of one. */
export async function* allMoments(repository: Repository): AsyncGenerator<SnapshotRecord> {
  yield* repository.catalog.allSnapshots();
  for await (const record of repository.catalog.journal.all()) yield momentOf(record);
}

const NOTHING: readonly Hit[] = [];

class Search {
  readonly #repository: Repository;
  readonly #lost: ReadonlySet<BlobId>;
  readonly #known = new Map<string, readonly Hit[]>();
  readonly #lists = new Map<BlobId, boolean>();

  constructor(repository: Repository, lost: ReadonlySet<BlobId>) {
    this.#repository = repository;
    this.#lost = lost;
  }

  async folder(tree: BlobId, times: BlobId | null): Promise<readonly Hit[]> {
    const key = tree + (times ?? '');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const hits = await this.#look(tree, times);
    this.#known.set(key, hits.length === 0 ? NOTHING : hits);
    return hits;
  }

  async #look(tree: BlobId, times: BlobId | null): Promise<Hit[]> {
    const entries = await this.#read(tree, decodeTree);
    if (entries === null) return [{ path: '', what: 'folder' }];
    const moments = times === null ? null : await this.#read(times, decodeTimes);
    const hits: Hit[] = times !== null && moments === null ? [{ path: '', what: 'times' }] : [];
    for (const [i, entry] of entries.entries())
      for (const hit of await this.#entry(entry, moments?.[i] ?? null))
        hits.push({ ...hit, path: hit.path === '' ? entry.name : `${entry.name}/${hit.path}` });
    return hits;
  }

  async #entry(entry: TreeEntry, moment: EntryTimes | null): Promise<readonly Hit[]> {
    if (entry.kind === 'folder') return this.folder(entry.tree, moment?.times ?? null);
    if (entry.kind !== 'file' || entry.id === null) return NOTHING;
    const isLost = this.#lost.has(entry.id) || (entry.chunked && (await this.#lacks(entry.id)));
    return isLost ? [{ path: '', what: 'file' }] : NOTHING;
  }

  async #lacks(list: BlobId): Promise<boolean> {
    let lacks = this.#lists.get(list);
    if (lacks === undefined) {
      const ids = (await this.#read(list, (bytes) => bytes)) ?? Buffer.alloc(0);
      lacks = ids.length === 0;
      for (let at = 0; at + ID_BYTES <= ids.length && !lacks; at += ID_BYTES)
        lacks = this.#lost.has(toBlobId(ids, at));
      this.#lists.set(list, lacks);
    }
    return lacks;
  }

  async #read<T>(id: BlobId, decode: (bytes: Buffer) => T): Promise<T | null> {
    if (this.#lost.has(id)) return null;
    try {
      return decode(await this.#repository.read(id));
    } catch (error) {
      if (!(error instanceof BulwarkError)) throw error;
      return null;
    }
  }
}
