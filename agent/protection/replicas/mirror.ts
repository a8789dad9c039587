import { piecesOf, type BlobStore } from '../../repository/copies/blob-store';
import type { FolderBlobStore } from '../../repository/copies/folder-blob-store';
import { CONFIG_NAME } from '../../repository/keys/keys-config';
import { packIdOf, packName, PACKS } from '../../repository/copies/store-survey';
import { throwIfAborted } from '../../support/errors';
import type { PackCopier, PackExtent } from './pack-copier';
import { requireReplica } from './replica-marker';

/** Folders of a mirror. */
export const MIRROR_FOLDERS = ['packs', 'quarantine'] as const;

/** What a mirror holds. Bytes. */
export interface MirrorHoldings {
  readonly packs: number;
  readonly bytes: number;
  /** Packs, and bytes of packs, that the store has and the mirror does not. */
  readonly missingPacks: number;
  readonly missingBytes: number;
  /** Packs that the store does not have. */
  readonly extraPacks: number;
}

/** What bringing a mirror up to date came to. */
export interface MirrorUpdate {
  /** Dropped packs that it does not have any more. */
  readonly removed: ReadonlySet<string>;
  /** Packs that the store itself cannot give whole. */
  readonly unreadable: readonly string[];
}

/** What reading a whole mirror showed. */
export interface MirrorReport {
  readonly packs: number;
  readonly bytes: number;
  /** Packs whose copy was damaged or missing. */
  readonly damaged: readonly string[];
  /** Those of them that were copied again. */
  readonly repaired: readonly string[];
}

export interface MirrorWork {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes are done, of how many. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** One folder that holds a copy of every pack. Whoever calls makes sure that one thing runs at a time. */
export class Mirror {
  readonly store: FolderBlobStore;
  readonly #ids: { readonly store: string; readonly replica: string };
  readonly #copier: PackCopier;
  readonly #primary: BlobStore;

  constructor(options: {
    store: FolderBlobStore;
    ids: { readonly store: string; readonly replica: string };
    copier: PackCopier;
    primary: BlobStore;
  }) {
    this.store = options.store;
    this.#ids = options.ids;
    this.#copier = options.copier;
    this.#primary = options.primary;
  }

  /** @throws BulwarkError `path-missing` when it is not plugged in, `replica-refused` */
  require(): Promise<void> {
    return requireReplica(this.store, this.#ids);
  }

  /** Ids of all packs that it has a copy of. @throws BulwarkError `path-missing`, `replica-refused` */
  async packs(): Promise<string[]> {
    await this.require();
    return [...(await this.#held()).keys()];
  }

  /** What it holds now. @throws BulwarkError `path-missing`, `replica-refused` */
  async holdings(): Promise<MirrorHoldings> {
    await this.require();
    const held = await this.#held();
    const wanted = this.#copier.extents();
    const missing = wanted.filter((pack) => (held.get(pack.id) ?? 0) < pack.length);
    const known = new Set(wanted.map(({ id }) => id));
    return {
      packs: held.size,
      bytes: sum([...held.values()]),
      missingPacks: missing.length,
      missingBytes: sum(missing.map(({ id, length }) => length - (held.get(id) ?? 0))),
      extraPacks: [...held.keys()].filter((id) => !known.has(id)).length,
    };
  }

  /**
   * Copies what the mirror lacks. A copy that is there is replaced only by a pack that reads back
   * whole, so that damage never spreads.
   * @param dropped packs that the store gave up and whose grace is over
   */
  async bringUpToDate(
    dropped: readonly string[],
    { signal, progress }: MirrorWork,
  ): Promise<MirrorUpdate> {
    await this.require();
    await this.store.removeTemporaries(['', ...MIRROR_FOLDERS]);
    await this.#copyConfig();
    const held = await this.#held();
    const wanted = this.#copier.extents();
    const missing = wanted.filter((pack) => (held.get(pack.id) ?? 0) < pack.length);
    const total = sum(missing.map(({ length }) => length));
    const unreadable: string[] = [];
    let done = 0;
    for (const pack of missing) {
      throwIfAborted(signal);
      // The disk may have been unplugged meanwhile, and its mount point must not be filled.
      await this.require();
      if (!(await this.#copy(pack, held.has(pack.id), signal))) unreadable.push(pack.id);
      done += pack.length;
      progress?.(done, total);
    }
    const known = new Set(wanted.map(({ id }) => id));
    const removed = new Set<string>();
    for (const pack of dropped) {
      // The store has it after all: it was not deleted in the end.
      if (known.has(pack)) continue;
      await this.store.delete(packName(pack));
      removed.add(pack);
    }
    return { removed, unreadable };
  }

  /** Reads everything back, and copies again what is damaged here and whole in the store. */
  async verify({ signal, progress }: MirrorWork): Promise<MirrorReport> {
    await this.require();
    const held = await this.#held();
    const wanted = this.#copier.extents().filter(({ id }) => held.has(id));
    const total = sum(wanted.map(({ length }) => length));
    const damaged: string[] = [];
    const repaired: string[] = [];
    let done = 0;
    for (const pack of wanted) {
      throwIfAborted(signal);
      const bytes = held.get(pack.id) ?? 0;
      if (!(await this.#isWhole(pack, bytes, signal))) {
        damaged.push(pack.id);
        if (await this.#repair(pack, bytes, signal)) repaired.push(pack.id);
      }
      done += pack.length;
      progress?.(done, total);
    }
    return { packs: wanted.length, bytes: total, damaged, repaired };
  }

  async #isWhole(
    pack: PackExtent,
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    // A copy that is behind is whole as far as it goes.
    const extent = bytes < pack.length ? { id: pack.id, length: bytes, sealed: false } : pack;
    return this.#copier.isWhole(extent, this.store.localPath(packName(pack.id)), signal);
  }

  async #repair(
    pack: PackExtent,
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (!(await this.#copier.isWhole(pack, null, signal))) return false;
    const name = packName(pack.id);
    const aside = `quarantine/${pack.id}.pack`;
    await this.store.put(aside, { bytes, pieces: piecesOf(this.store, name, bytes) }, signal);
    return this.#copier.copyTo(this.store, pack, signal);
  }

  async #copy(
    pack: PackExtent,
    hasOne: boolean,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (hasOne && !(await this.#copier.isWhole(pack, null, signal))) return false;
    return this.#copier.copyTo(this.store, pack, signal);
  }

  async #copyConfig(): Promise<void> {
    const { bytes = 0 } = (await this.#primary.stat(CONFIG_NAME)) ?? {};
    const mine = await this.#primary.get(CONFIG_NAME, { offset: 0, length: bytes });
    const there = await this.store.stat(CONFIG_NAME);
    if (there?.bytes === mine.length) {
      const theirs = await this.store.get(CONFIG_NAME, { offset: 0, length: there.bytes });
      if (theirs.equals(mine)) return;
    }
    await this.store.put(CONFIG_NAME, { bytes: mine.length, pieces: [mine] });
  }

  async #held(): Promise<Map<string, number>> {
    const held = new Map<string, number>();
    for await (const { name, bytes } of this.store.list(PACKS)) {
      const id = packIdOf(name);
      if (id !== null) held.set(id, bytes);
    }
    return held;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
