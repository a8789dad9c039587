import { recoveryKey } from '../repository/keys/keys-recovery';
import type { OperationRecord } from '../repository/record';
import type { Repository } from '../repository/repository';
import type { Clock } from '../support/clock';
import type { DataProtectionLayer } from './data-protection-layer';
import type { Integrity } from './integrity/integrity';
import type { IntegrityCare } from './integrity/integrity-care';
import { filesRoot } from './snapshots';

/** Sizes and counts of a store. Bytes. */
export interface StoreFacts {
  readonly path: string;
  readonly packs: number;
  readonly packBytes: number;
  readonly catalogBytes: number;
  readonly freeBytes: number;
  readonly blobs: number;
  readonly blobBytes: number;
  readonly snapshots: number;
  readonly protectedBytes: number;
  readonly codec: string;
  readonly integrity: Integrity;
}

/** How long what was counted is told again while no record is written, ms: a status is asked often. */
const COUNTED_MS = 1000;

/** What has to be read to be known. */
interface Counted extends Pick<
  StoreFacts,
  'snapshots' | 'protectedBytes' | 'packBytes' | 'catalogBytes' | 'freeBytes'
> {
  /** Bytes of each pack on disk. */
  readonly packSizes: ReadonlyMap<string, number>;
}

/** What a person asks of the store itself. */
export class StoreCare {
  readonly #repository: Repository;
  readonly #protection: DataProtectionLayer;
  readonly #integrity: IntegrityCare;
  readonly #clock: Clock;
  #counted: { readonly of: string; readonly at: number; readonly what: Promise<Counted> } | null =
    null;

  constructor(options: {
    repository: Repository;
    protection: DataProtectionLayer;
    integrity: IntegrityCare;
    clock: Clock;
  }) {
    this.#repository = options.repository;
    this.#protection = options.protection;
    this.#integrity = options.integrity;
    this.#clock = options.clock;
  }

  async facts(): Promise<StoreFacts> {
    const { catalog, path, codec } = this.#repository;
    const packs = catalog.packs();
    const { packSizes, ...counted } = await this.#countOnce();
    return {
      path,
      codec,
      packs: packs.length,
      blobs: packs.reduce((sum, pack) => sum + pack.blobs, 0),
      blobBytes: packs.reduce((sum, pack) => sum + pack.blobBytes, 0),
      integrity: this.#integrity.integrity(packSizes),
      ...counted,
    };
  }

  /** Counts again when a record was written since the last time, or when that is a while ago. */
  #countOnce(): Promise<Counted> {
    const { catalog } = this.#repository;
    const of = `${String(catalog.sequence)}:${String(catalog.packs().length)}`;
    const at = this.#clock.monotonic();
    const known = this.#counted;
    if (known?.of === of && at - known.at < COUNTED_MS) return known.what;
    const what = this.#count();
    const counted = { of, at, what };
    this.#counted = counted;
    what.catch(() => {
      if (this.#counted === counted) this.#counted = null;
    });
    return what;
  }

  async #count(): Promise<Counted> {
    let snapshots = 0;
    let protectedBytes = 0;
    for await (const record of this.#repository.catalog.allSnapshots()) {
      snapshots += 1;
      protectedBytes += filesRoot(record).totals.bytes;
    }
    const packSizes = await this.#repository.packSizes();
    return { snapshots, protectedBytes, packSizes, ...(await this.#repository.sizes()) };
  }

  /** Makes the catalog again from the packs, between two captures. @returns how long it took, ms */
  async rebuildCatalog(onPack: (done: number, total: number) => void): Promise<number> {
    const started = this.#clock.monotonic();
    await this.#repository.maintenance.run(() =>
      this.#protection.exclusively(() => this.#repository.rebuildCatalog(onPack)),
    );
    this.#counted = null;
    return this.#clock.monotonic() - started;
  }

  /** The recovery key for printing, and where the key file lies, if one guards the store. */
  exportKey(): { key: string; keyFile: string | null } {
    const { master, guard } = this.#repository.keys;
    return { key: recoveryKey(master), keyFile: guard.kind === 'key-file' ? guard.path : null };
  }

  /** Restores and undos, newest first. */
  operations(limit: number): Promise<OperationRecord[]> {
    return this.#repository.catalog.operations(limit);
  }
}
