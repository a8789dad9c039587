import type { BackupKind, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import type { WorkerPool } from '../../support/worker-pool';
import type { ProgressListener } from '../capture/capture-progress';
import type { DataProtectionLayer } from '../data-protection-layer';
import { prove, type Proof } from './prove';
import type { BackedUp } from '../backed-up';

export interface BackupRequest {
  readonly backup: BackupKind;
  readonly kind: 'manual' | 'automatic';
  /** What it is called; nothing unless told. */
  readonly label?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** A backup that was taken and proven. */
export interface Backup {
  readonly record: SnapshotRecord;
  readonly proof: Proof;
  /** Whether something in the store was damaged, and was mended from what lies in the source. */
  readonly mended: boolean;
}

/** After the first attempt, what was found damaged is handed in again; trees above it may be, too. */
const ATTEMPTS = 3;

/** Takes backups of every kind: what each reads, compares and proves is told in docs/backups.md. */
export class Backups {
  readonly #repository: Repository;
  readonly #protection: DataProtectionLayer;
  readonly #pool: WorkerPool;

  constructor(options: {
    repository: Repository;
    protection: DataProtectionLayer;
    pool: WorkerPool;
  }) {
    this.#repository = options.repository;
    this.#protection = options.protection;
    this.#pool = options.pool;
  }

  /**
   * Backs one source up and proves what the kind promises.
   * @throws BulwarkError `verification-failed` when the store cannot keep what it was given,
   *   `path-missing`, `disk-full`, `cancelled` …
   */
  async run(guard: BackedUp, request: BackupRequest): Promise<Backup> {
    const { backup, kind, label = null, signal, onProgress } = request;
    const base = await this.#baseOf(guard.source.id, backup);
    let mending = false;
    for (let attempt = 1; ; attempt++) {
      const asked = { kind, label, always: true, backup, signal } as const;
      const fresh = backup === 'full' || mending;
      const record =
        guard.source.kind === 'repository' || onProgress === undefined
          ? await guard.capture({ ...asked, fresh })
          : await this.#protection.snapshot(guard, { ...asked, fresh, onProgress });
      // A plain snapshot promises no more than the order of writing gives.
      if (backup === 'snapshot')
        return { record, proof: { blobs: 0, bytes: 0, whole: true }, mended: false };
      const proof = await prove(this.#repository, this.#pool, record, { base, signal });
      if (proof.whole) return { record, proof, mended: mending };
      if (attempt === ATTEMPTS)
        throw new BulwarkError(
          'verification-failed',
          `the backup of ${guard.source.path} cannot be read back`,
          { hint: 'See what is wrong with "bulwark verify", and check the disk.' },
        );
      mending = true;
    }
  }

  /** What a backup of this kind is compared with; null for nothing. */
  async #baseOf(source: string, backup: BackupKind): Promise<SnapshotRecord | null> {
    if (backup === 'full') return null;
    for await (const record of this.#newestFirst(source))
      if (backup !== 'differential' || record.backup === 'full') return record;
    return null;
  }

  async *#newestFirst(source: string): AsyncGenerator<SnapshotRecord> {
    let before: number | undefined;
    for (;;) {
      const page = await this.#repository.catalog.snapshots(source, {
        limit: 200,
        ...(before === undefined ? {} : { before }),
      });
      yield* page;
      before = page.at(-1)?.sequence;
      if (before === undefined) return;
    }
  }
}
