import { toBlobId, type BlobId } from '../repository/blob-id';
import type { JournalRecord, SnapshotRecord } from '../repository/record';
import type { Repository } from '../repository/repository';
import { decodeTimes, decodeTree, type EntryTimes, type TreeEntry } from '../repository/tree';
import { BulwarkError } from '../support/errors';
import { displayName } from '../support/names';
import { changesBetween, type TreeChange } from './changes';
import type { DataProtectionLayer } from './data-protection-layer';

const ID_LENGTH = 32;
const HASH_BYTES = 32;

/** An entry of a snapshot with its times. */
export interface TimedEntry {
  readonly entry: TreeEntry;
  readonly times: EntryTimes;
}

/** A path that was left out of a snapshot. */
export interface LeftOut {
  readonly path: string;
  readonly reason: string;
  readonly rule: string;
  readonly bytes: number | null;
}

export type { JournalRecord, SnapshotRecord };

/** Finds snapshots and reads what they hold. */
export class Snapshots {
  readonly #repository: Repository;
  readonly #protection: DataProtectionLayer;

  constructor(repository: Repository, protection: DataProtectionLayer) {
    this.#repository = repository;
    this.#protection = protection;
  }

  /**
   * The snapshot that a person means.
   * @param ref an id, its beginning, or `latest`
   * @param path where `latest` is looked up
   * @throws BulwarkError `snapshot-unknown`, `snapshot-ambiguous`, `not-protected`
   */
  async resolve(ref: string, path?: string): Promise<SnapshotRecord> {
    if (ref === 'latest') return this.#latest(path);
    const prefix = ref.toLowerCase();
    const ids = /^[0-9a-f]{1,32}$/.test(prefix)
      ? await this.#repository.catalog.snapshotIds(prefix, 6)
      : [];
    const [id, another] = ids;
    if (id === undefined)
      throw new BulwarkError('snapshot-unknown', `there is no snapshot ${JSON.stringify(ref)}`, {
        hint: 'Run "bulwark snapshots" to see which there are.',
      });
    if (another !== undefined && prefix.length < ID_LENGTH)
      throw new BulwarkError('snapshot-ambiguous', `${ref} is the beginning of several snapshots`, {
        hint: `Type more of it: ${ids.map((item) => item.slice(0, prefix.length + 4)).join(', ')} …`,
        details: { candidates: ids },
      });
    const record = await this.#repository.catalog.snapshot(id);
    if (record === null)
      throw new BulwarkError('store-damaged', `snapshot ${id} is named but not in the catalog`, {
        hint: 'Run "bulwark store rebuild-catalog".',
      });
    return record;
  }

  /** Snapshots newest first, of one source or of all that hold files. */
  async list(options: {
    source: string | null;
    before?: number | undefined;
    limit: number;
  }): Promise<SnapshotRecord[]> {
    const { source, before, limit } = options;
    const { catalog } = this.#repository;
    const records: SnapshotRecord[] = [];
    if (source !== null && before === undefined) return catalog.snapshots(source, { limit });
    for await (const record of catalog.allSnapshots()) {
      if (record.source.kind === 'repository') continue;
      if (source !== null && record.source.id !== source) continue;
      if (before === undefined || record.createdAt < before) records.push(record);
    }
    return records.sort((a, b) => b.sequence - a.sequence).slice(0, limit);
  }

  /** The entries of a folder in a snapshot's files. @throws BulwarkError `entry-missing` */
  async folder(record: SnapshotRecord, path: string): Promise<TimedEntry[]> {
    let { tree, times } = filesRoot(record);
    for (const name of partsOf(path)) {
      const found = (await this.#entries(tree, times)).find(({ entry }) => entry.name === name);
      if (found?.entry.kind !== 'folder' || found.times.times === null) throw missing(record, path);
      tree = found.entry.tree;
      times = found.times.times;
    }
    return this.#entries(tree, times);
  }

  /** One entry. @throws BulwarkError `entry-missing` */
  async entry(record: SnapshotRecord, path: string): Promise<TimedEntry> {
    const parts = partsOf(path);
    const name = parts.pop();
    const found = (await this.folder(record, parts.join('/'))).find(
      ({ entry }) => entry.name === name,
    );
    if (found === undefined) throw missing(record, path);
    return found;
  }

  /**
   * A part of a file.
   * @param length at most this many bytes from `offset`
   * @throws BulwarkError `entry-missing`, `blob-missing`, `pack-damaged`
   */
  async readFile(
    record: SnapshotRecord,
    path: string,
    offset: number,
    length: number,
  ): Promise<{ data: Buffer; size: number }> {
    const { entry } = await this.entry(record, path);
    if (entry.kind !== 'file') throw missing(record, path);
    if (entry.id === null) return { data: Buffer.alloc(0), size: 0 };
    const chunks = entry.chunked ? chunkIds(await this.#repository.read(entry.id)) : [entry.id];
    const parts: Buffer[] = [];
    let at = 0;
    for (const id of chunks) {
      if (at >= offset + length) break;
      const size = this.#repository.catalog.locate(id)?.length ?? 0;
      if (at + size > offset) {
        const bytes = await this.#repository.read(id);
        parts.push(bytes.subarray(Math.max(0, offset - at), Math.max(0, offset + length - at)));
      }
      at += size;
    }
    return { data: Buffer.concat(parts), size: entry.size };
  }

  /** How many snapshots a source has. */
  count(source: string): Promise<number> {
    return this.#repository.catalog.countSnapshots(source);
  }

  /** What is pinned, by id. */
  pins(): Promise<ReadonlyMap<string, { readonly reason: string }>> {
    return this.#repository.catalog.pins();
  }

  /** What changed from one snapshot to another. */
  changes(from: SnapshotRecord, to: SnapshotRecord): Promise<TreeChange[]> {
    return changesBetween((id) => this.#repository.read(id), filesRoot(from), filesRoot(to));
  }

  /** What was left out, at most `limit` entries. Folders in which nothing was are not read. */
  async leftOut(record: SnapshotRecord, limit: number): Promise<LeftOut[]> {
    const found: LeftOut[] = [];
    const walk = async (tree: BlobId, folder: string): Promise<void> => {
      for (const entry of decodeTree(await this.#repository.read(tree))) {
        if (found.length >= limit) return;
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.kind === 'excluded')
          found.push({ path, reason: entry.reason, rule: entry.rule, bytes: entry.bytes });
        else if (entry.kind === 'nested')
          found.push({ path, reason: 'nested-worktree', rule: '.git', bytes: null });
        else if (entry.kind === 'folder') await walk(entry.tree, path);
      }
    };
    await walk(filesRoot(record).tree, '');
    return found;
  }

  async #latest(path: string | undefined): Promise<SnapshotRecord> {
    if (path === undefined)
      throw new BulwarkError('snapshot-unknown', '"latest" needs the folder that it is of');
    const { newest, source } = await this.#protection.backedUpOf(path);
    if (newest !== null) return newest;
    throw new BulwarkError('snapshot-unknown', `${displayName(source.path)} has no snapshot yet`);
  }

  async #entries(tree: BlobId, times: BlobId): Promise<TimedEntry[]> {
    const entries = decodeTree(await this.#repository.read(tree));
    const timed = decodeTimes(await this.#repository.read(times));
    return entries.map((entry, index) => ({
      entry,
      times: timed[index] ?? { mtime: 0n, times: null },
    }));
  }
}

/** The root that holds a snapshot's files. */
export function filesRoot(record: SnapshotRecord): SnapshotRecord['roots'][number] {
  const root = record.roots.find(({ name }) => name === 'files');
  if (root === undefined)
    throw new BulwarkError('store-damaged', `snapshot ${record.id} holds no files`);
  return root;
}

/** The ids in a list of chunks. */
function chunkIds(list: Buffer): BlobId[] {
  const ids: BlobId[] = [];
  for (let at = 0; at + HASH_BYTES <= list.length; at += HASH_BYTES) ids.push(toBlobId(list, at));
  return ids;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function missing(record: SnapshotRecord, path: string): BulwarkError {
  return new BulwarkError(
    'entry-missing',
    `${displayName(path)} is not in snapshot ${record.id.slice(0, 8)}`,
    { details: { path } },
  );
}
