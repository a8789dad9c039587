import { join, resolve } from 'node:path';
import { entriesOf, readUpTo, statOf } from './read-file';

/** Indexes of packs above this, together, are not read; then nobody can tell. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_ALTERNATES = 5;
const FANOUT_AT = 8;
const FANOUT_BYTES = 1024;
const SIGNATURE = 0xff744f63;

/** Tells which objects a repository has: loose, packed, or in the repositories that it borrows from. */
class ObjectLookup {
  readonly #folders: readonly string[];
  readonly #packs: readonly Buffer[];
  readonly #idBytes: number;

  private constructor(folders: readonly string[], packs: readonly Buffer[], idBytes: number) {
    this.#folders = folders;
    this.#packs = packs;
    this.#idBytes = idBytes;
  }

  /** @returns null where there is too much to read, or of an unknown kind */
  static async open(commonDir: string, idBytes: 20 | 32): Promise<ObjectLookup | null> {
    const folders = await objectFolders(join(commonDir, 'objects'));
    const packs: Buffer[] = [];
    let left = MAX_INDEX_BYTES;
    for (const folder of folders)
      for (const { name } of await entriesOf(join(folder, 'pack'))) {
        if (!name.endsWith('.idx')) continue;
        const data = await readUpTo(join(folder, 'pack', name), left);
        // Gone meanwhile, or too large.
        if (data === null || data.length < FANOUT_AT + FANOUT_BYTES) return null;
        if (data.readUInt32BE(0) !== SIGNATURE || data.readUInt32BE(4) !== 2) return null;
        left -= data.length;
        packs.push(data);
      }
    return new ObjectLookup(folders, packs, idBytes);
  }

  /** @param id in hexadecimal */
  async has(id: string): Promise<boolean> {
    if (this.#packs.some((pack) => this.#isIn(pack, id))) return true;
    for (const folder of this.#folders)
      if ((await statOf(join(folder, id.slice(0, 2), id.slice(2)))) !== null) return true;
    return false;
  }

  #isIn(pack: Buffer, hex: string): boolean {
    const id = Buffer.from(hex, 'hex');
    const first = id[0] ?? 0;
    const fanout = (byte: number): number => pack.readUInt32BE(FANOUT_AT + byte * 4);
    let low = first === 0 ? 0 : fanout(first - 1);
    let high = fanout(first);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = FANOUT_AT + FANOUT_BYTES + middle * this.#idBytes;
      const order = pack.compare(id, 0, this.#idBytes, at, at + this.#idBytes);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }
}

/** Where a loose object is, or would be. */
export function objectPath(commonDir: string, id: string): string {
  return join(commonDir, 'objects', id.slice(0, 2), id.slice(2));
}

/** Those of these objects that a repository has not; null where nobody can tell. */
export async function missingOf(
  commonDir: string,
  idBytes: 20 | 32,
  ids: Iterable<string>,
): Promise<string[] | null> {
  const once = await without(commonDir, idBytes, ids);
  // Git may have packed them between two reads.
  return once === null || once.length === 0 ? once : await without(commonDir, idBytes, once);
}

async function without(
  commonDir: string,
  idBytes: 20 | 32,
  ids: Iterable<string>,
): Promise<string[] | null> {
  const lookup = await ObjectLookup.open(commonDir, idBytes);
  if (lookup === null) return null;
  const missing: string[] = [];
  for (const id of ids) if (!(await lookup.has(id))) missing.push(id);
  return missing;
}

/** A folder of objects, and those it borrows from (`info/alternates`). */
async function objectFolders(first: string): Promise<string[]> {
  const folders = [first];
  for (let i = 0; i < folders.length && folders.length <= MAX_ALTERNATES; i++) {
    const folder = folders[i] ?? first;
    const text = await readUpTo(join(folder, 'info', 'alternates'), 64 * 1024);
    for (const line of text?.toString('utf8').split('\n') ?? [])
      if (line !== '' && !line.startsWith('#')) folders.push(resolve(folder, line));
  }
  return folders;
}
