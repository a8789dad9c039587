import { parseBlobId, type BlobId } from './blob-id';
import type { Location } from './location';
import type { StoreRecord } from './record';
import type { Repository } from './repository';
import type { VerifiedBlobs } from './verified-blobs';

/** Collects, while a store is checked, what a repair would have to do. */
export class Needs {
  readonly #repository: Repository;
  readonly #packs: ReadonlyMap<string, { readonly failed: string | null }>;
  readonly #lost = new Set<BlobId>();
  readonly #strays = new Map<BlobId, Location>();
  readonly #records: StoreRecord[] = [];

  /** @param packs what each pack showed; filled by the time the first need is told */
  constructor(
    repository: Repository,
    packs: ReadonlyMap<string, { readonly failed: string | null }>,
  ) {
    this.#repository = repository;
    this.#packs = packs;
  }

  /** A blob that is not where the catalog says. @param id binary (latin1) */
  blob(id: string, verified: VerifiedBlobs): void {
    const [place] = verified.places(id);
    if (place === undefined) this.lost(parseBlobId(hexOf(id)));
    else this.#strays.set(parseBlobId(hexOf(id)), place);
  }

  /** A blob that was found whole in no pack. */
  lost(id: BlobId): void {
    const location = this.#repository.catalog.find(id);
    const failed = location === null ? null : (this.#packs.get(location.pack)?.failed ?? null);
    // A pack that cannot be opened now (no permission …) may be whole.
    if (failed === null || failed === 'ENOENT') this.#lost.add(id);
  }

  record(record: StoreRecord): void {
    this.#records.push(record);
  }

  all(): {
    lost: ReadonlySet<BlobId>;
    strays: ReadonlyMap<BlobId, Location>;
    records: readonly StoreRecord[];
  } {
    return { lost: this.#lost, strays: this.#strays, records: this.#records };
  }
}

/** Hexadecimal digits of a binary id (latin1). */
export function hexOf(id: string): string {
  return Buffer.from(id, 'latin1').toString('hex');
}

/** The inverse of {@link hexOf}. */
export function binaryOf(id: BlobId): string {
  return Buffer.from(id, 'hex').toString('latin1');
}
