import type { Repository } from '../../repository/repository';
import { PACK_HEADER_BYTES } from '../../repository/packs/pack-header';
import { PACK_TRAILER_BYTES } from '../../repository/packs/pack-writer';
import type { PackEntry } from '../../repository/catalog/pack-entry';
import { isCatalogDamage } from '../../repository/catalog/catalog-open-error';
import { readBackTask } from '../../repository/verify/read-back';
import { verifyPackTask } from '../../repository/verify/verify-task';
import type { Clock, Timer } from '../../support/clock';
import { BulwarkError } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import type { Operations } from '../../support/operations';
import type { WorkerPool } from '../../support/worker-pool';
import { catalogKnows } from './catalog-check';
import { Due } from './due';
import type { IntegrityLedger } from './ledger';
import { Pace, type Budget } from './pace';
import type { RepairOutcome, StoreRepair } from './store-repair';
import { brokenReferences } from './structure';

export interface ScrubberOptions {
  readonly repository: Repository;
  /** The agent's threads, for the short reading after a capture. */
  readonly pool: WorkerPool;
  /** A thread for what takes hours, which rests most of the time. */
  readonly makePool: () => WorkerPool;
  readonly ledger: IntegrityLedger;
  readonly repair: StoreRepair;
  /** Lets git judge what is kept; see {@link IntegrityLedger.proveMeaning}. */
  readonly judge: (
    pool: WorkerPool,
    signal: AbortSignal,
  ) => Promise<{ ok: boolean; note: string | null }>;
  /** Resolves when no capture runs. */
  readonly whenQuiet: () => Promise<void>;
  readonly operations: Operations;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly log: Log;
  /** Damage was found; this is what came of it. */
  readonly onDamage: (outcome: RepairOutcome) => void;
}

const WEEK_MS = 7 * 24 * 60 * 60_000;
/** How long an agent runs before it reads a store for the first time. */
const FIRST_MS = 10 * 60_000;
/** How often it is looked whether a pass is due: a machine that slept wakes up between two looks. */
const LOOK_MS = 10 * 60_000;
/** After a capture its frames are read back when others had their turn. */
const READ_BACK_MS = 200;

/** Reads what was just written back at once, and everything once a week; mends what it can. */
export class Scrubber {
  readonly #options: ScrubberOptions;
  readonly #due: Due;
  readonly #stop = new AbortController();
  readonly #running = new Mutex();
  /** Packs that were there when the agent started: their ends may be torn, which is no damage. */
  readonly #older: ReadonlySet<string>;
  #look: Timer | null = null;
  #readBack: Timer | null = null;
  /** Something was committed since the reading back was asked for. */
  #again = false;

  constructor(options: ScrubberOptions) {
    this.#options = options;
    const { clock, ledger, repository } = options;
    this.#due = new Due({ clock, intervalMs: WEEK_MS, firstMs: FIRST_MS, state: ledger.scrub });
    this.#older = new Set(repository.catalog.packs().map(({ id }) => id));
  }

  /** Begins to look at times whether a pass is due. */
  start(): void {
    const { clock, ledger } = this.#options;
    const wait = Math.max(1000, Math.min(LOOK_MS, this.#due.leftMs));
    this.#look = clock.setTimeout(() => {
      ledger.setScrub(this.#due.state, ledger.passSince);
      const work = this.#due.isDue ? this.#passInTurn() : Promise.resolve();
      void work
        .catch((error: unknown) => {
          this.#tell('The store could not be read to its end', error);
        })
        .then(() => {
          if (!this.#stop.signal.aborted) this.start();
        });
    }, wait);
  }

  /** Something was committed: it is read back soon. */
  written(): void {
    if (this.#stop.signal.aborted) return;
    this.#again = this.#readBack !== null;
    this.#readBack ??= this.#options.clock.setTimeout(() => {
      void this.#readBackInTurn()
        .catch((error: unknown) => {
          this.#tell('What was written could not be read back', error);
        })
        .finally(() => {
          this.#readBack = null;
          // What came meanwhile, all of it at once.
          if (this.#again) this.written();
        });
    }, READ_BACK_MS);
  }

  #passInTurn(): Promise<void> {
    const what = 'the weekly reading of the store';
    const operation = { priority: 'scrub', worktree: null, what, background: true } as const;
    return this.#options.operations.run(operation, this.#stop.signal, () => this.pass());
  }

  /** It waits for restores alone: what is damaged is best noticed while its source is still there. */
  #readBackInTurn(): Promise<void> {
    const what = 'reading back what was just written';
    const operation = { priority: 'verification', worktree: null, what } as const;
    return this.#options.operations.run(operation, this.#stop.signal, () => this.readBack());
  }

  /** Resolves when nothing that matters more runs. */
  async #whenQuiet(): Promise<void> {
    await this.#options.operations.pause(this.#stop.signal);
    await this.#options.whenQuiet();
  }

  /** Reads back what was written since the agent started and was not read back yet. */
  readBack(): Promise<void> {
    return this.#running.run(async () => {
      if (!(await this.#readBackNew())) await this.#mend(this.#options.pool);
    });
  }

  /** Reads everything that was not read since this pass began, and mends what is damaged. */
  pass(): Promise<void> {
    return this.#running.run(async () => {
      const pool = this.#options.makePool();
      try {
        await this.#pass(pool);
      } finally {
        await pool.close();
      }
    });
  }

  /** A replica is there: it is asked for what is known to be lost. */
  reclaim(): Promise<void> {
    return this.#running.run(async () => {
      if (this.#options.ledger.damage === null || this.#stop.signal.aborted) return;
      if (await this.#options.repair.reclaim(this.#stop.signal))
        await this.#mend(this.#options.pool);
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#look?.cancel();
    this.#readBack?.cancel();
    await this.#running.run(() => undefined);
    const { ledger } = this.#options;
    ledger.setScrub(this.#due.state, ledger.passSince);
    await ledger.save();
  }

  /** @returns whether all that was read was right */
  async #readBackNew(): Promise<boolean> {
    for (const pack of this.#options.repository.catalog.packs())
      if (!this.#older.has(pack.id) && !(await this.#readBackPack(pack))) return false;
    return true;
  }

  /** @returns whether all that was read was right */
  async #readBackPack({ id, length, sealed }: PackEntry): Promise<boolean> {
    const { repository, pool, ledger } = this.#options;
    const to = sealed ? length - PACK_TRAILER_BYTES : length;
    let from = Math.max(PACK_HEADER_BYTES, ledger.proofOf(id)?.bytes ?? 0);
    while (from < to) {
      await this.#whenQuiet();
      const part = { ...repository.packAccess(id), from, to };
      const { signal } = this.#stop;
      const { end, fault } = await pool.run(readBackTask, part, { answer: () => null, signal });
      if (fault !== null) {
        this.#options.log.error('What was just written is damaged on the disk', {
          pack: id,
          offset: end,
          fault,
        });
        return repository.catalog.pack(id) === null;
      }
      from = end;
      ledger.extendPack(id, sealed && end >= to ? length : end);
    }
    return true;
  }

  async #pass(pool: WorkerPool): Promise<void> {
    const { clock, ledger, log, budget } = this.#options;
    const since = Math.min(ledger.passSince ?? clock.now(), clock.now());
    ledger.setScrub(this.#due.state, since);
    const { signal } = this.#stop;
    const pace = new Pace({ clock, budget, signal, whenQuiet: () => this.#whenQuiet() });
    log.info('Reading the whole store', { since });
    const whole = await this.#readAll(pool, pace, since);
    if (!whole) await this.#mend(pool);
    const { ok, note } = await this.#options.judge(pool, signal);
    ledger.proveMeaning(ok, note);
    this.#due.done();
    ledger.setScrub(this.#due.state, null);
    await ledger.save();
    log.info('The whole store was read', { whole, gitAccepts: ok });
  }

  /** @returns whether all is right, in the packs and between them */
  async #readAll(pool: WorkerPool, pace: Pace, since: number): Promise<boolean> {
    try {
      return (await this.#readPacks(pool, pace, since)) && (await this.#followAll(pace));
    } catch (error) {
      if (isCatalogDamage(error)) return false;
      throw error;
    }
  }

  /** @returns whether all packs are as they were written */
  async #readPacks(pool: WorkerPool, pace: Pace, since: number): Promise<boolean> {
    const { repository, ledger } = this.#options;
    const sizes = await repository.packSizes();
    const known = new Set(repository.catalog.packs().map(({ id }) => id));
    ledger.keepOnly(new Set(sizes.keys()));
    const age = (id: string): number => ledger.proofOf(id)?.at ?? 0;
    let whole = [...known].every((id) => sizes.has(id) || repository.catalog.pack(id) === null);
    for (const id of [...sizes.keys()].sort((a, b) => age(a) - age(b))) {
      const proof = ledger.proofOf(id);
      // Neither is a proof of the moment in which this pass began, which may be older than it, nor one
      // of the future (the clock was set back).
      const isOfThis = proof !== null && proof.at > since && proof.at <= this.#options.clock.now();
      if (isOfThis && proof.bytes >= (sizes.get(id) ?? 0)) continue;
      const covered = repository.catalog.pack(id)?.length ?? 0;
      pace.begin();
      const payload = { ...repository.packAccess(id), packId: id, covered, direct: true };
      const findings = await pool.run(verifyPackTask, payload, {
        signal: pace.signal,
        answer: async (bytes) => {
          await pace.rest(bytes);
          return null;
        },
      });
      // One that was collected meanwhile is no more.
      if (findings.failed === 'ENOENT' && repository.catalog.pack(id) === null) continue;
      const cut = repository.catalog.pack(id)?.sealed === true && !findings.sealed;
      whole &&= findings.faults.length === 0 && !cut;
      whole &&= await catalogKnows(repository, id, findings, { covered, pace });
      const size = sizes.get(id) ?? 0;
      ledger.provePack(id, size, findings.failed === null ? findings.badBytes : size);
      await ledger.save();
    }
    return whole;
  }

  /** @returns whether each reference leads somewhere, but for what is known to be lost */
  async #followAll(pace: Pace): Promise<boolean> {
    const { repository, ledger } = this.#options;
    pace.begin();
    const broken = await brokenReferences(repository, pace);
    ledger.proveStructure(broken.size === 0);
    if (broken.size === 0) ledger.setDamage(null);
    const known = new Set(ledger.damage?.blobs ?? []);
    return [...broken].every((id) => known.has(id));
  }

  async #mend(pool: WorkerPool): Promise<void> {
    const { repair, log } = this.#options;
    const { signal } = this.#stop;
    const found = await repair.diagnose({ direct: true, signal }, pool);
    if (found.plan.report.ok) return;
    const outcome = await repair.repair(found, signal);
    log.error('The store was damaged', {
      errors: found.plan.report.errors.length,
      lost: outcome.lost.length,
      quarantined: outcome.quarantined,
    });
    this.#options.onDamage(outcome);
    // What was copied is new as well; should it be bad again, the next reading finds it.
    await this.#readBackNew();
  }

  #tell(message: string, error: unknown): void {
    if (error instanceof BulwarkError && error.reason === 'cancelled') return;
    this.#options.log.warn(message, { error });
  }
}
