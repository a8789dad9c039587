import { parseBlobId, type BlobId } from '../../repository/blob-id';
import {
  applyRepair,
  needsRepair,
  planRepairOfAny,
  present,
  type RepairDone,
  type RepairPlan,
} from '../../repository/verify/repair';
import type { Repository } from '../../repository/repository';
import type { VerifyOptions } from '../../repository/verify/verify';
import { BulwarkError, messageOf, throwIfAborted } from '../../support/errors';
import type { Clock } from '../../support/clock';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import type { WorkerPool } from '../../support/worker-pool';
import { affectedBy, type AffectedPath } from './affected';
import type { IntegrityLedger } from './ledger';
import { Pace } from './pace';
import { reread, type Rereadable } from './reread';
import { brokenReferences } from './structure';

/** What was found, and what a repair would do. */
export interface Diagnosis {
  readonly plan: RepairPlan;
  /** Files that cannot be read now, and will not be unless their content is found elsewhere. */
  readonly affected: readonly AffectedPath[];
  /** Folders in which the content that is lost is looked for. */
  readonly searched: readonly string[];
}

/** What a repair did, and what is left. */
export interface RepairOutcome extends RepairDone {
  /** Blobs that were read again from a protected folder, by its path. */
  readonly fromWorktrees: readonly { readonly path: string; readonly blobs: number }[];
  /** Blobs that only a replica had whole. */
  readonly fromReplicas: number;
  readonly catalogRebuilt: boolean;
  /** Blobs that are nowhere. */
  readonly lost: readonly BlobId[];
  /** Who suffers from that. */
  readonly affected: readonly AffectedPath[];
  /** Packs that are there and cannot be opened. */
  readonly closedPacks: readonly string[];
}

export interface StoreRepairOptions {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly ledger: IntegrityLedger;
  /** Protected sources that are there to be read again. */
  readonly sources: () => readonly Rereadable[];
  /** Runs `fn` while nothing captures or restores. */
  readonly quietly: <T>(fn: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Finds out what is damaged, and mends what can be mended: from packs, protected folders, replicas. */
export class StoreRepair {
  readonly #options: StoreRepairOptions;
  readonly #mutex = new Mutex();

  constructor(options: StoreRepairOptions) {
    this.#options = options;
  }

  /** Reads the whole store. Changes nothing but what is known of it. */
  async diagnose(
    options: Omit<VerifyOptions, 'clock'>,
    pool: WorkerPool = this.#options.pool,
  ): Promise<Diagnosis> {
    const { repository, ledger, clock, quietly } = this.#options;
    // Packs must not go while they are read.
    const plan = await repository.maintenance.run(() =>
      planRepairOfAny(repository, pool, { ...options, clock }, quietly),
    );
    for (const [id, { size, badBytes }] of plan.packs) ledger.provePack(id, size, badBytes);
    ledger.keepOnly(new Set(plan.packs.keys()));
    ledger.proveStructure(plan.report.ok);
    if (plan.report.ok) ledger.setDamage(null);
    const affected = await affectedBy(repository, plan.lost);
    const searched = this.#toSearch(plan.lost, affected).map(({ path }) => path);
    return { plan, affected, searched };
  }

  /** Does what a diagnosis found to be done. */
  repair({ plan: first, affected }: Diagnosis, signal?: AbortSignal): Promise<RepairOutcome> {
    return this.#mutex.run(async () => {
      const { repository, ledger, quietly } = this.#options;
      const { done, plan, fromReplicas } = await repository.maintenance.run(async () => {
        const plan = await this.#withCopies(first, signal);
        return quietly(async () => {
          const lost = await this.#rescue(plan.lost, signal);
          const done = await this.#mendStore({ ...plan, lost }, signal);
          return { done, plan: { ...plan, lost }, fromReplicas: first.lost.size - lost.size };
        });
      });
      const fromWorktrees = await this.#searchWorktrees(plan.lost, affected, signal);
      const lost = missingOf(repository, plan.lost);
      const left = await affectedBy(repository, new Set(lost));
      const { closedPacks } = plan;
      const outcome = { ...done, fromWorktrees, fromReplicas, lost, affected: left, closedPacks };
      this.#remember(outcome);
      ledger.proveStructure((await brokenReferences(repository, this.#atOnce(signal))).size === 0);
      await ledger.save();
      return outcome;
    });
  }

  /**
   * Asks the replicas that are there now for what is known to be lost: a damaged pack may have been
   * set aside while they were away.
   * @returns whether anything of it was found; then it is time for a new diagnosis
   */
  reclaim(signal: AbortSignal): Promise<boolean> {
    return this.#mutex.run(async () => {
      const { repository, ledger, quietly } = this.#options;
      const known = new Set((ledger.damage?.blobs ?? []).map((id) => parseBlobId(id)));
      const lost = new Set(missingOf(repository, known));
      if (lost.size === 0) return false;
      const left = await repository.maintenance.run(() =>
        quietly(() => this.#rescue(lost, signal)),
      );
      return left.size < lost.size;
    });
  }

  /** Puts whole copies of replicas in the place of bad packs. @returns what is to be done after that */
  async #withCopies(plan: RepairPlan, signal: AbortSignal | undefined): Promise<RepairPlan> {
    const { repository, pool, clock, quietly } = this.#options;
    const bad = [...plan.damagedPacks, ...plan.missingPacks];
    if (bad.some((id) => repository.isOpenPack(id))) await repository.startNewPack();
    let mended = 0;
    for (const id of bad) {
      throwIfAborted(signal);
      if (await repository.mendPack(id)) mended += 1;
    }
    return mended === 0 ? plan : planRepairOfAny(repository, pool, { clock, signal }, quietly);
  }

  /** Stores again what replicas have whole, in copies that are not or of packs that are no more. @returns what they have not */
  async #rescue(
    lost: ReadonlySet<BlobId>,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlySet<BlobId>> {
    const { repository } = this.#options;
    const left = new Set(lost);
    const keep = async (id: BlobId, bytes: Buffer): Promise<void> => {
      throwIfAborted(signal);
      repository.distrust(id);
      await repository.put(bytes);
      left.delete(id);
    };
    for (const id of lost) {
      throwIfAborted(signal);
      const bytes = await readOrNull(repository, id);
      if (bytes !== null) await keep(id, bytes);
    }
    for await (const { id, bytes } of repository.inOldCopies(new Set(left))) await keep(id, bytes);
    if (left.size < lost.size) await repository.commit([]);
    return left;
  }

  async #mendStore(
    plan: RepairPlan,
    signal: AbortSignal | undefined,
  ): Promise<RepairDone & { catalogRebuilt: boolean }> {
    const { repository } = this.#options;
    const nothing = { blobsFound: 0, blobsCopied: 0, recordsWritten: 0, quarantined: [] };
    // First: a catalog that is wrong may not even let itself be put right.
    if (plan.rebuildsCatalog) await repository.rebuildCatalog();
    const done = needsRepair(plan) ? await applyRepair(repository, plan, signal) : nothing;
    return { ...done, catalogRebuilt: plan.rebuildsCatalog };
  }

  /**
   * The sources that the lost content was of come first. Also content that no snapshot needs is
   * looked for: what is remembered of a folder may name it.
   */
  #toSearch(lost: ReadonlySet<BlobId>, affected: readonly AffectedPath[]): Rereadable[] {
    if (lost.size === 0) return [];
    const suffering = new Set(affected.map(({ sourceId }) => sourceId));
    const sources = this.#options.sources();
    return [
      ...sources.filter(({ id }) => suffering.has(id)),
      ...sources.filter(({ id }) => !suffering.has(id)),
    ];
  }

  /** Captures every byte of the protected folders again, until all that was lost is there. */
  async #searchWorktrees(
    lost: ReadonlySet<BlobId>,
    affected: readonly AffectedPath[],
    signal: AbortSignal | undefined,
  ): Promise<RepairOutcome['fromWorktrees']> {
    const { repository, log } = this.#options;
    const found: { path: string; blobs: number }[] = [];
    for (const source of this.#toSearch(lost, affected)) {
      const before = missingOf(repository, lost).length;
      if (before === 0) break;
      try {
        await reread(repository, source, signal);
      } catch (error) {
        throwIfAborted(signal);
        log.warn('A folder cannot be read to mend the store from it', {
          path: source.path,
          reason: messageOf(error),
        });
      }
      const blobs = before - missingOf(repository, lost).length;
      if (blobs > 0) found.push({ path: source.path, blobs });
    }
    return found;
  }

  /** A person waits for it. */
  #atOnce(signal = new AbortController().signal): Pace {
    const budget = { bytesPerSecond: Infinity, cpuShare: 1 };
    const { clock } = this.#options;
    return new Pace({ clock, budget, signal, whenQuiet: () => Promise.resolve() });
  }

  #remember({ lost, affected, closedPacks }: RepairOutcome): void {
    const { ledger, clock } = this.#options;
    if (lost.length === 0 && closedPacks.length === 0) {
      ledger.setDamage(null);
      return;
    }
    ledger.setDamage({
      foundAt: ledger.damage?.foundAt ?? clock.now(),
      message: describeLoss(affected, closedPacks),
      blobs: [...lost],
      files: affected.length,
      snapshots: new Set(affected.flatMap(({ snapshots }) => snapshots)).size,
    });
  }
}

/** The bytes of a blob, from the store or from a replica. */
async function readOrNull(repository: Repository, id: BlobId): Promise<Buffer | null> {
  try {
    return await repository.read(id);
  } catch (error) {
    if (error instanceof BulwarkError) return null;
    throw error;
  }
}

function missingOf(repository: Repository, ids: ReadonlySet<BlobId>): BlobId[] {
  const there = new Set(present(repository, ids));
  return [...ids].filter((id) => !there.has(id));
}

/** One sentence for people: what cannot be read any more. */
function describeLoss(affected: readonly AffectedPath[], closedPacks: readonly string[]): string {
  const parts: string[] = [];
  if (closedPacks.length > 0)
    parts.push(`${String(closedPacks.length)} packs of the store cannot be opened`);
  const snapshots = new Set(affected.flatMap((item) => item.snapshots)).size;
  if (affected.length > 0)
    parts.push(
      `${String(affected.length)} ${affected.length === 1 ? 'file' : 'files'} in ` +
        `${String(snapshots)} ${snapshots === 1 ? 'snapshot' : 'snapshots'} cannot be read any more`,
    );
  if (parts.length === 0) return 'Content that no snapshot needs is lost.';
  return `${parts.join(', and ')}.`;
}
