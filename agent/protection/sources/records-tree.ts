import type { BlobId } from '../../repository/blob-id';
import { CHUNK_MAX_BYTES, nextCut } from '../../repository/chunker';
import type { SnapshotRoot } from '../../repository/record';
import type { StoreSession } from '../../repository/store-session';
import {
  compareNames,
  encodeTimes,
  encodeTree,
  totalsOf,
  type EntryTimes,
  type FileEntry,
  type TreeEntry,
} from '../../repository/tree';
import { BulwarkError } from '../../support/errors';
import { displayName, encodeName } from '../../support/names';
import type { DataRecord, DataSourceLimits } from './data-source';
import { MAX_KEY_BYTES, recordPath } from './record-names';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const NS_IN_MS = 1_000_000n;
/** A record of at most so many bytes is one blob. */
const WHOLE_BYTES = 512 * 1024;

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, { readonly entry: FileEntry; readonly mtime: bigint }>;
}

/**
 * A record of which parts are still to come. Parts are cut where a page had room, which is another
 * place each time; what is kept is cut by content, so that the same record is the same blobs.
 */
interface OpenRecord {
  readonly key: string;
  readonly chunks: BlobId[];
  /** What has come since the last cut. */
  rest: Buffer;
  size: number;
}

/** Hands records in as they come, and makes the tree of all of them. */
export class RecordsTree {
  readonly #session: StoreSession;
  readonly #limits: Pick<DataSourceLimits, 'records' | 'recordBytes'>;
  readonly #root: Folder = { folders: new Map(), files: new Map() };
  #open: OpenRecord | null = null;
  #records = 0;
  #bytes = 0;
  #newBytes = 0;

  constructor(session: StoreSession, limits: Pick<DataSourceLimits, 'records' | 'recordBytes'>) {
    this.#session = session;
    this.#limits = limits;
  }

  /** Bytes of all records so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of them that the store did not have. */
  get newBytes(): number {
    return this.#newBytes;
  }

  /** @throws BulwarkError `program-invalid` for a key that came before, `too-large` */
  async add({ key, value, modifiedAt }: DataRecord): Promise<void> {
    if (this.#open !== null && this.#open.key !== key)
      throw invalid(`after a part of ${shown(this.#open.key)} came ${shown(key)}`);
    const length = encodeName(key).length;
    if (length === 0 || length > MAX_KEY_BYTES)
      throw invalid(`a key has ${String(length)} bytes; it can have 1 to ${String(MAX_KEY_BYTES)}`);
    const bytes =
      value.kind === 'bytes' ? value.bytes : Buffer.from(JSON.stringify(value.json), 'utf8');
    const record = this.#open ?? { key, chunks: [], rest: Buffer.alloc(0), size: 0 };
    record.size += bytes.length;
    this.#bytes += bytes.length;
    if (record.size > this.#limits.recordBytes)
      throw tooLarge(
        `the record ${shown(key)} has more than ${String(this.#limits.recordBytes)} bytes`,
      );
    record.rest = record.rest.length === 0 ? bytes : Buffer.concat([record.rest, bytes]);
    while (record.rest.length > CHUNK_MAX_BYTES) await this.#cut(record);
    const more = value.kind === 'bytes' && value.more;
    this.#open = more ? record : null;
    if (!more) await this.#place(record, value.kind, modifiedAt);
  }

  /** Hands in the tree. @throws BulwarkError `program-invalid` in the middle of a record */
  async finish(): Promise<Omit<SnapshotRoot, 'name'>> {
    if (this.#open !== null) throw invalid(`the rest of ${shown(this.#open.key)} did not come`);
    return this.#seal(this.#root);
  }

  /** Hands in the next chunk of what has come. */
  async #cut(record: OpenRecord): Promise<void> {
    const { rest, size } = record;
    const end = size <= WHOLE_BYTES ? rest.length : nextCut(rest, 0, rest.length);
    const before = this.#session.putBytes;
    record.chunks.push(await this.#session.put(rest.subarray(0, end)));
    record.rest = rest.subarray(end);
    this.#newBytes += this.#session.putBytes - before;
  }

  async #place(
    record: OpenRecord,
    kind: 'bytes' | 'json',
    modifiedAt: number | null,
  ): Promise<void> {
    const { key, chunks, size } = record;
    while (record.rest.length > 0) await this.#cut(record);
    this.#records += 1;
    if (this.#records > this.#limits.records)
      throw tooLarge(`more than ${String(this.#limits.records)} records came`);
    // Either form names the record; the other one would be the same key twice.
    const other = recordPath(key, kind === 'json' ? 'bytes' : 'json');
    const { folder, name } = this.#folderOf(recordPath(key, kind));
    if (folder.files.has(name) || this.#has(other))
      throw invalid(`the key ${shown(key)} came twice`);
    const chunked = chunks.length > 1;
    const id = chunked
      ? await this.#session.put(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, 'hex'))))
      : (chunks[0] ?? null);
    const entry: FileEntry = { kind: 'file', name, mode: FILE_MODE, size, id, chunked };
    folder.files.set(name, { entry, mtime: BigInt(modifiedAt ?? 0) * NS_IN_MS });
  }

  #folderOf(path: string): { folder: Folder; name: string } {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let folder = this.#root;
    for (const part of parts) {
      let next = folder.folders.get(part);
      if (next === undefined) {
        next = { folders: new Map(), files: new Map() };
        folder.folders.set(part, next);
      }
      folder = next;
    }
    return { folder, name };
  }

  #has(path: string): boolean {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let folder: Folder | undefined = this.#root;
    for (const part of parts) folder = folder?.folders.get(part);
    return folder?.files.has(name) === true;
  }

  async #seal({ folders, files }: Folder): Promise<Omit<SnapshotRoot, 'name'>> {
    const found: { entry: TreeEntry; times: EntryTimes }[] = [];
    for (const { entry, mtime } of files.values())
      found.push({ entry, times: { mtime, times: null } });
    for (const [name, folder] of folders) {
      const { tree, times, totals } = await this.#seal(folder);
      found.push({
        entry: { kind: 'folder', name, mode: FOLDER_MODE, tree, totals },
        times: { mtime: 0n, times },
      });
    }
    found.sort((a, b) => compareNames(a.entry.name, b.entry.name));
    const entries = found.map(({ entry }) => entry);
    return {
      tree: await this.#session.put(encodeTree(entries)),
      times: await this.#session.put(encodeTimes(found.map(({ times }) => times))),
      totals: totalsOf(entries),
    };
  }
}

function shown(key: string): string {
  const text = displayName(key);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function invalid(message: string): BulwarkError {
  return new BulwarkError('program-invalid', message, {
    hint: 'docs/data-sources.md tells what a program may send.',
  });
}

function tooLarge(message: string): BulwarkError {
  return new BulwarkError('too-large', message, {
    hint: 'Register several sources, each with a part of the records.',
  });
}
