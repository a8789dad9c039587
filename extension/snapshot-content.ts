import type { TreeEntry } from '../agent/protocol/entities';
import type { Call } from './agent-link';

const PAGE_BYTES = 512 * 1024;
const FOLDERS_KEPT = 200;

/** Reads what is in snapshots. A snapshot never changes, so folders are kept once read. */
export class SnapshotContent {
  readonly #call: Call;
  /** A map keeps the order of insertion: the first key is the one unused for longest. */
  readonly #folders = new Map<string, Promise<readonly TreeEntry[]>>();

  constructor(call: Call) {
    this.#call = call;
  }

  /** One entry; `""` is the root. Rejects with `entry-missing` or `snapshot-unknown`. */
  stat(snapshot: string, path: string): Promise<TreeEntry> {
    return this.#call('snapshot/stat', { snapshot, path });
  }

  /** The entries of a folder, folders first, by name. */
  folder(snapshot: string, path: string): Promise<readonly TreeEntry[]> {
    const key = `${snapshot}/${path}`;
    const known = this.#folders.get(key);
    this.#folders.delete(key);
    const entries = known ?? this.#readFolder(snapshot, path);
    this.#folders.set(key, entries);
    entries.catch(() => this.#folders.delete(key));
    const oldest = this.#folders.keys().next();
    if (this.#folders.size > FOLDERS_KEPT && oldest.done !== true)
      this.#folders.delete(oldest.value);
    return entries;
  }

  /** All bytes of a file, read in pages because messages are small; of a link, where it points. */
  async file(snapshot: string, path: string): Promise<Uint8Array> {
    const entry = await this.stat(snapshot, path);
    if (entry.kind === 'link') return Buffer.from(entry.target ?? '', 'utf8');
    const bytes = Buffer.alloc(entry.size);
    let offset = 0;
    while (offset < bytes.length) {
      const page = await this.#call('snapshot/readFile', {
        snapshot,
        path,
        offset,
        length: Math.min(PAGE_BYTES, bytes.length - offset),
      });
      const read = Buffer.from(page.data, 'base64');
      if (read.length === 0) return bytes.subarray(0, offset);
      read.copy(bytes, offset);
      offset += read.length;
    }
    return bytes;
  }

  async #readFolder(snapshot: string, path: string): Promise<readonly TreeEntry[]> {
    const { entries } = await this.#call('snapshot/readFolder', { snapshot, path });
    const rank = (entry: TreeEntry): number => (entry.kind === 'folder' ? 0 : 1);
    return [...entries].sort((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name));
  }
}

function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : 1);
}
