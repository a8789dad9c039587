import { toBlobId, type BlobId } from '../blob-id';
import type { Location } from '../catalog/location';
import type { StoreRecord } from '../record';
import type { Repository } from '../repository';
import type { PackState } from './pack-state';
import type { VerifiedBlobs } from './verified-blobs';

/** Collects, while a store is checked, what a repair would have to do. */
export class Needs {
  readonly #repository: Repository;
  readonly #packs: ReadonlyMap<string, Pick<PackState, 'damaged' | 'failed'>>;
  readonly #lost = new Set<BlobId>();
  #rebuildsCatalog = false;
  readonly #strays = new Map<BlobId, Location>();
  readonly #records: StoreRecord[] = [];

  /** @param packs what each pack showed; filled by the time the first need is told */
  constructor(
    repository: Repository,
    packs: ReadonlyMap<string, Pick<PackState, 'damaged' | 'failed'>>,
  ) {
    this.#repository = repository;
    this.#packs = packs;
  }

  /** A blob that is not where the catalog says. @param id binary */
  blob(id: Buffer, location: Location | null, verified: VerifiedBlobs): void {
    const [place] = verified.places(id);
    if (place !== undefined) this.#strays.set(toBlobId(id), place);
    else if (this.#mayHaveHeld(location, verified)) this.lost(toBlobId(id));
    // Such a blob never was; one that a snapshot needs is told by its snapshot.
    else this.#rebuildsCatalog = true;
  }

  /** Whether a blob may have been in a frame or pack that is damaged or gone. */
  #mayHaveHeld(location: Location | null, verified: VerifiedBlobs): boolean {
    if (location === null || verified.hasFrame(location.pack, location.frameOffset)) return false;
    const state = this.#packs.get(location.pack);
    return state === undefined || state.damaged || state.failed !== null;
  }

  /** The catalog is wrong in a way that only its packs can put right. */
  catalog(): void {
    this.#rebuildsCatalog = true;
  }

  /** A blob that was found whole in no pack. */
  lost(id: BlobId): void {
    const location = this.#repository.catalog.find(id);
    const failed = location === null ? null : (this.#packs.get(location.pack)?.failed ?? null);
    // A pack that cannot be opened now (no permission …) may be whole.
    if (failed === null || failed === 'ENOENT') this.#lost.add(id);
  }

  /** A record that no pack has. */
  record(record: StoreRecord): void {
    const mayHaveHeld = [...this.#packs.values()].some(
      ({ damaged, failed }) => damaged || failed !== null,
    );
    if (mayHaveHeld) this.#records.push(record);
    // Where no pack is damaged, it is the catalog that has made it up.
    else this.#rebuildsCatalog = true;
  }

  all(): {
    lost: ReadonlySet<BlobId>;
    rebuildsCatalog: boolean;
    strays: ReadonlyMap<BlobId, Location>;
    records: readonly StoreRecord[];
  } {
    return {
      lost: this.#lost,
      rebuildsCatalog: this.#rebuildsCatalog,
      strays: this.#strays,
      records: this.#records,
    };
  }
}
