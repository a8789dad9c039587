import { randomBytes } from 'node:crypto';
import type { Repository } from '../../repository/repository';
import type { VerifyOptions } from '../../repository/verify/verify';
import { Emitter } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import type { Clock } from '../../support/clock';
import type { Log } from '../../support/log';
import { UNORDERED, type Operations } from '../../support/operations';
import type { WorkerPool } from '../../support/worker-pool';
import type { Git } from '../../worktrees/git';
import type { DataProtectionLayer } from '../data-protection-layer';
import type { ListSnapshots } from '../restore/repository-backups';
import type { Report } from '../restore/stage';
import { drill, judgeBackup, type DrillContext, type DrillReport } from './drill';
import { Drills, type KeptDrill } from './drills';
import { integrityOf, type Integrity } from './integrity';
import { IntegrityLedger } from './ledger';
import type { Budget } from './pace';
import { Scratch } from './scratch';
import { Scrubber } from './scrubber';
import { StoreRepair, type Diagnosis, type RepairOutcome } from './store-repair';

export interface IntegrityOptions {
  readonly repository: Repository;
  readonly protection: DataProtectionLayer;
  readonly git: Git;
  readonly pool: WorkerPool;
  readonly makePool: () => WorkerPool;
  readonly repositorySnapshots: ListSnapshots;
  /** Runs `fn` while no restore reads packs. */
  readonly betweenRestores: <T>(fn: () => Promise<T>) => Promise<T>;
  /** Files for what is remembered, and the folder for trying out restores. */
  readonly ledgerPath: string;
  readonly drillPath: string;
  readonly scratchFolder: string;
  readonly budget: Budget;
  /** What goes before it; nothing unless given. */
  readonly operations?: Operations;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the care for the store tells. */
export type IntegrityEvent =
  | { readonly kind: 'damage-found'; readonly outcome: RepairOutcome }
  | { readonly kind: 'drill-failed'; readonly drill: KeptDrill };

/** A diagnosis that can be acted on, by its name. */
export interface NamedDiagnosis extends Diagnosis {
  readonly id: string;
}

/** Proves that what is stored can be restored, and mends it where it cannot. */
export class IntegrityCare {
  readonly onEvent = new Emitter<IntegrityEvent>();
  readonly #options: IntegrityOptions;
  readonly #operations: Operations;
  readonly #ledger: IntegrityLedger;
  readonly #repair: StoreRepair;
  readonly #scrubber: Scrubber;
  readonly #scratch: Scratch;
  readonly #drills: Drills;
  #diagnosis: NamedDiagnosis | null = null;

  private constructor(
    options: IntegrityOptions,
    { ledger, scratch, drills }: { ledger: IntegrityLedger; scratch: Scratch; drills: Drills },
  ) {
    const { protection, repository, pool, clock, log } = options;
    this.#options = options;
    this.#operations = options.operations ?? UNORDERED;
    this.#ledger = ledger;
    this.#scratch = scratch;
    this.#drills = drills;
    this.#repair = new StoreRepair({
      repository,
      pool,
      ledger,
      clock,
      log,
      quietly: (fn) => options.betweenRestores(() => protection.exclusively(fn)),
      sources: () =>
        protection.everyGuard().map((guard) => ({
          id: guard.source.id,
          path: guard.source.path,
          capture: (signal) =>
            guard.capture({ kind: 'automatic', label: null, always: false, signal }),
        })),
    });
    this.#scrubber = new Scrubber({
      ...options,
      operations: this.#operations,
      ledger,
      repair: this.#repair,
      judge: (own, signal) => this.#judge(own, signal),
      whenQuiet: () => protection.quiet(),
      onDamage: (outcome) => {
        this.onEvent.emit({ kind: 'damage-found', outcome });
      },
    });
  }

  /** Takes up what was known, and removes what a crash left of a drill. */
  static async open(options: IntegrityOptions): Promise<IntegrityCare> {
    const { clock, log } = options;
    const ledger = await IntegrityLedger.open(options.ledgerPath, clock, log);
    const scratch = new Scratch(options.scratchFolder);
    await scratch.sweep();
    const drills = await Drills.open({
      clock,
      log,
      path: options.drillPath,
      run: (signal) => care.#monthlyDrill(signal),
      onDone: (last) => {
        if (!last.ok) care.onEvent.emit({ kind: 'drill-failed', drill: last });
      },
    });
    const care: IntegrityCare = new IntegrityCare(options, { ledger, scratch, drills });
    return care;
  }

  /** Begins the work in the background: reading back what is captured, the weekly pass, the monthly drill. */
  start(): void {
    this.#options.protection.onEvent.on((event) => {
      if (event.kind === 'snapshot-created' || event.kind === 'journal-written')
        this.#scrubber.written();
    });
    this.#scrubber.start();
    this.#drills.start();
  }

  /** How much of the store is proven. @param sizes bytes of each pack on disk */
  integrity(sizes: ReadonlyMap<string, number>): Integrity {
    return integrityOf(this.#ledger, sizes);
  }

  /** What was found damaged and could not be mended; null where nothing is known. */
  get damage(): Integrity['damage'] {
    return this.#ledger.damage;
  }

  /** Reads everything, and remembers what is to be done for {@link repair}. */
  async diagnose(options: Omit<VerifyOptions, 'clock'>): Promise<NamedDiagnosis> {
    const found = await this.#verifying('reading the whole store', options.signal, () =>
      this.#repair.diagnose(options),
    );
    this.#diagnosis = { ...found, id: randomBytes(16).toString('hex') };
    return this.#diagnosis;
  }

  /**
   * Does what a diagnosis says.
   * @throws BulwarkError `plan-stale` when it is not the last one
   */
  async repair(diagnosisId: string, signal: AbortSignal): Promise<RepairOutcome> {
    const diagnosis = this.#diagnosis;
    if (diagnosis?.id !== diagnosisId)
      throw new BulwarkError('plan-stale', 'that plan is not known any more', {
        hint: 'Run "bulwark verify --repair" again.',
      });
    this.#diagnosis = null;
    const outcome = await this.#verifying('mending the store', signal, () =>
      this.#repair.repair(diagnosis, signal),
    );
    this.#scrubber.written();
    return outcome;
  }

  /** Tries out the newest backup of one source, or of all. */
  drill(path: string | null, signal: AbortSignal, report: Report): Promise<KeptDrill> {
    return this.#verifying('trying out a restore', signal, () => this.#drill(path, signal, report));
  }

  async #drill(path: string | null, signal: AbortSignal, report: Report): Promise<KeptDrill> {
    const { protection, pool } = this.#options;
    if (path === null)
      return this.#drills.keep(this.#judged(await this.#drillAll(pool, signal, report)));
    const { source, newest } = await protection.guardOf(path);
    return this.#leased(() => drill([{ source, newest }], this.#context(pool, signal, report)));
  }

  /** The last drill of all sources. */
  get lastDrill(): KeptDrill | null {
    return this.#drills.last;
  }

  /** Reads back what was written and not read back yet. */
  readBack(): Promise<void> {
    return this.#scrubber.readBack();
  }

  /** Reads the whole store within its budget, now. */
  scrub(): Promise<void> {
    return this.#scrubber.pass();
  }

  /** A replica was brought up to date: what the store has lost may be in it. */
  async reclaim(): Promise<void> {
    try {
      await this.#scrubber.reclaim();
    } catch (error) {
      this.#options.log.warn('What was lost could not be looked for in a replica', { error });
    }
  }

  async close(): Promise<void> {
    await this.#scrubber.close();
    await this.#drills.close();
  }

  /** Somebody asks for it: it waits for restores alone. */
  #verifying<T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const operation = { priority: 'verification', worktree: null, what } as const;
    return this.#operations.run(operation, signal, work);
  }

  #monthlyDrill(signal: AbortSignal): Promise<DrillReport> {
    const what = 'the monthly trial of restores';
    const operation = { priority: 'verification', worktree: null, what, background: true } as const;
    return this.#operations.run(operation, signal, () =>
      this.#background((pool) => this.#drillAll(pool, signal, () => undefined)),
    );
  }

  async #background<T>(work: (pool: WorkerPool) => Promise<T>): Promise<T> {
    const pool = this.#options.makePool();
    try {
      return await work(pool);
    } finally {
      await pool.close();
    }
  }

  #drillAll(pool: WorkerPool, signal: AbortSignal, report: Report): Promise<DrillReport> {
    const { protection } = this.#options;
    const guards = [...protection.guards(), ...protection.dataSources.programGuards()];
    return this.#leased(() => drill(guards, this.#context(pool, signal, report)));
  }

  /** What git has accepted in a drill of everything is proven by it. */
  #judged(report: DrillReport): DrillReport {
    const { sources } = report;
    const accepted = sources.every(({ git }) => git.kind === 'accepted' || git.kind === 'none');
    if (report.ok && accepted && sources.length > 0) this.#ledger.proveMeaning(true, null);
    return report;
  }

  async #judge(
    pool: WorkerPool,
    signal: AbortSignal,
  ): Promise<{ ok: boolean; note: string | null }> {
    const context = this.#context(pool, signal, () => undefined);
    const notes: string[] = [];
    for (const { source, newest } of this.#options.protection.guards()) {
      if (newest === null) continue;
      const verdict = await this.#leased(() => judgeBackup(newest, context));
      if (verdict.kind === 'rejected' || verdict.kind === 'unproven')
        notes.push(`${source.path}: ${verdict.message}`);
    }
    return { ok: notes.length === 0, note: notes.length === 0 ? null : notes.join('; ') };
  }

  /** No pack goes away while it is read. */
  #leased<T>(fn: () => Promise<T>): Promise<T> {
    return this.#options.repository.leases.during(fn);
  }

  #context(pool: WorkerPool, signal: AbortSignal, report: Report): DrillContext {
    const { repository, git, clock, repositorySnapshots } = this.#options;
    const scratch = this.#scratch;
    return { repository, pool, git, clock, repositorySnapshots, scratch, signal, report };
  }
}
