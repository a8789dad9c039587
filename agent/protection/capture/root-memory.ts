import type { Catalog } from '../../repository/catalog/catalog';
import { decodeMemory, type FolderMemory, type RememberedEntry } from './folder-memory';

interface KnownFolder {
  readonly memory: FolderMemory;
  readonly entries: ReadonlyMap<string, RememberedEntry>;
}

/** What the catalog remembers of the folders of one root, for one capture. */
export class RootMemory {
  readonly #catalog: Catalog;
  readonly #key: string;
  /** Everything, for a full scan; each folder is looked up alone otherwise. */
  readonly #all: ReadonlyMap<string, Buffer> | null;
  /** Folders above many changed ones are asked for again and again. A full scan passes each once. */
  readonly #decoded = new Map<string, KnownFolder | null>();

  /** Whether what is remembered is of no use: everything is to be read again. */
  readonly #blank: boolean;

  private constructor(
    catalog: Catalog,
    key: string,
    all: ReadonlyMap<string, Buffer> | null,
    blank: boolean,
  ) {
    this.#blank = blank;
    this.#catalog = catalog;
    this.#key = key;
    this.#all = all;
  }

  /**
   * @param extent `whole` when all folders will be asked for; `blank` remembers which folders there
   *   were and nothing of what they held
   */
  static async open(
    catalog: Catalog,
    key: string,
    extent: 'whole' | 'some' | 'blank',
  ): Promise<RootMemory> {
    const all = extent === 'some' ? null : await catalog.folders(key);
    return new RootMemory(catalog, key, all, extent === 'blank');
  }

  /** All folders that are remembered; none unless everything was loaded. */
  paths(): Iterable<string> {
    return this.#all?.keys() ?? [];
  }

  bytes(path: string): Buffer | null {
    if (this.#blank) return null;
    return this.#all === null
      ? this.#catalog.folder(this.#key, path)
      : (this.#all.get(path) ?? null);
  }

  folder(path: string): FolderMemory | null {
    return this.#known(path)?.memory ?? null;
  }

  entry(folder: string, name: string): RememberedEntry | null {
    return this.#known(folder)?.entries.get(name) ?? null;
  }

  #known(path: string): KnownFolder | null {
    const cached = this.#decoded.get(path);
    if (cached !== undefined) return cached;
    const bytes = this.bytes(path);
    const memory = bytes === null ? null : decodeMemory(bytes);
    const known =
      memory === null
        ? null
        : { memory, entries: new Map(memory.entries.map((item) => [item.entry.name, item])) };
    if (this.#all !== null) this.#decoded.clear();
    this.#decoded.set(path, known);
    return known;
  }
}
