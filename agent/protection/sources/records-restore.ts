import { randomBytes } from 'node:crypto';
import type { OperationRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { BulwarkError, messageOf } from '../../support/errors';
import { Mutex } from '../../support/mutex';
import { displayName } from '../../support/names';
import { diffTrees, findEntry, type TreeRef } from '../restore/diff';
import { cleanTreePath } from '../restore/path-filter';
import type { PlanStep } from '../restore/planner';
import type { CallContext } from '../restore/restore-context';
import type { RestorePlan, RestoreRequest } from '../restore/restore-engine';
import type { RestoreOutcome } from '../restore/restore-run';
import { rootOf } from '../restore/snapshot-parts';
import { sourceNameIn } from '../source';
import { DEFAULT_SOURCE_LIMITS } from './data-source';
import type { DataSources } from './data-sources';
import { ProgramGuard } from './program-guard';
import { pushFor, pushRecords, stepOf } from './push-records';

export interface RecordsRestoreOptions {
  readonly repository: Repository;
  readonly sources: DataSources;
  readonly clock: Clock;
  /** Commits an operation with the sequence number that it gets. */
  readonly keep: (make: (sequence: number) => OperationRecord) => Promise<OperationRecord>;
}

interface KnownPlan {
  readonly snapshot: SnapshotRecord;
  readonly paths: readonly string[] | null;
}

interface Wanted extends KnownPlan {
  readonly undoes: OperationRecord | null;
}

/** Each is small: what it would write is looked up again. */
const MAX_PLANS = 8;

/** Restores records into the program that they are of: plan, save, push, compare. */
export class RecordsRestore {
  readonly #options: RecordsRestoreOptions;
  readonly #plans = new Map<string, KnownPlan>();
  readonly #mutex = new Mutex();

  constructor(options: RecordsRestoreOptions) {
    this.#options = options;
  }

  /** Whether a restore is one of records into their program. */
  static isFor({ snapshot, to }: RestoreRequest): boolean {
    return snapshot.source.kind === 'records' && to === undefined;
  }

  /** Whether an operation has restored records into their program. */
  static didOne({ target }: Pick<OperationRecord, 'target'>): boolean {
    return sourceNameIn(target) !== null;
  }

  /**
   * What restoring would write and remove. Changes nothing.
   * @throws BulwarkError `program-absent`, `restore-refused`, `entry-missing`, and what a pull throws
   */
  async plan(request: RestoreRequest, { signal }: CallContext): Promise<RestorePlan> {
    const { snapshot, withGitState } = request;
    if (withGitState)
      throw new BulwarkError('restore-refused', 'records have no git state', {
        hint: 'Leave out --with-git-state.',
      });
    const guard = this.#guardOf(snapshot.source.path);
    restoreOf(guard);
    const paths = request.paths?.map(cleanTreePath) ?? null;
    for (const path of paths ?? []) await this.#requireEntry(snapshot, path);
    const order = { kind: 'automatic', label: null, always: false, signal, ahead: true } as const;
    const now = await guard.capture(order);
    const present = rootOf(now, 'files');
    const steps: PlanStep[] = [];
    let unchanged = 0;
    const wanted = rootOf(snapshot, 'files');
    for await (const step of diffTrees(this.#read, present, wanted, paths ?? undefined)) {
      const found = stepOf(step);
      if (found !== null) steps.push({ ...found, kind: 'file' });
      else if (step.kind === 'same') unchanged += step.entries;
    }
    const id = randomBytes(16).toString('hex');
    for (const old of [...this.#plans.keys()].slice(
      0,
      Math.max(0, this.#plans.size - MAX_PLANS + 1),
    ))
      this.#plans.delete(old);
    this.#plans.set(id, { snapshot, paths });
    const count = (action: PlanStep['action']): number =>
      steps.filter((step) => step.action === action).length;
    return {
      id,
      snapshot,
      target: snapshot.source.path,
      inPlace: true,
      steps,
      creates: count('create'),
      overwrites: count('overwrite'),
      deletes: count('delete'),
      unchanged,
      bytes: steps.reduce((sum, { bytes }) => sum + bytes, 0),
      gitState: [],
      // Records of a program that works go on changing; a restore could never begin.
      notes: [
        'The program takes the records over all at once, or not at all.',
        'What it changes until then is replaced as well; it is kept for "bulwark undo".',
      ],
    };
  }

  /** The data source that a plan is for, or null where the plan is not known. */
  targetOf(planId: string): string | null {
    return this.#plans.get(planId)?.snapshot.source.path ?? null;
  }

  /** Whether a plan is one of these. */
  knows(planId: string): boolean {
    return this.#plans.has(planId);
  }

  /**
   * Saves the present records, then does what the plan says.
   * @throws BulwarkError `plan-stale`, `restore-failed`, and what the program throws
   */
  apply(planId: string, context: CallContext): Promise<RestoreOutcome> {
    return this.#mutex.run(async () => {
      const plan = this.#plans.get(planId);
      if (plan === undefined) throw stale('that plan is not known any more');
      const outcome = await this.#run({ ...plan, undoes: null }, context);
      this.#plans.delete(planId);
      return outcome;
    });
  }

  /** Takes an operation back. @throws BulwarkError `nothing-to-undo`, and what {@link apply} throws */
  undo(operation: OperationRecord, context: CallContext): Promise<RestoreOutcome> {
    return this.#mutex.run(async () => {
      const { catalog } = this.#options.repository;
      const snapshot = operation.undo === null ? null : await catalog.snapshot(operation.undo);
      if (snapshot === null)
        throw new BulwarkError('nothing-to-undo', 'what was there before is not kept any more', {
          details: { operation: operation.id },
        });
      return this.#run({ snapshot, paths: operation.paths, undoes: operation }, context);
    });
  }

  async #run(
    { snapshot, paths, undoes }: Wanted,
    { signal, report }: CallContext,
  ): Promise<RestoreOutcome> {
    const { clock, repository } = this.#options;
    const started = clock.monotonic();
    const guard = this.#guardOf(snapshot.source.path);
    const restore = restoreOf(guard);
    const { program } = guard.requireAttached();
    report?.({ phase: 'saving', done: 0, total: null, unit: 'files' });
    const label = 'before restore';
    const order = { kind: 'safety', label, always: true, signal, ahead: true } as const;
    const saved = await guard.capture(order);
    const present = rootOf(saved, 'files');
    const wanted = rootOf(snapshot, 'files');
    const push = await pushFor(this.#read, present, wanted, paths);
    const total = push.put.length;
    await repository.leases.during(() =>
      pushRecords(push, {
        read: this.#read,
        clock,
        limits: DEFAULT_SOURCE_LIMITS,
        program,
        restore,
        signal,
        onSent: (done) => report?.({ phase: 'applying', done, total, unit: 'files' }),
      }),
    );
    const deleted = await this.#removed(present, wanted, paths);
    const operation = await this.#options.keep((sequence) => ({
      type: 'operation',
      id: randomBytes(16).toString('hex'),
      sequence,
      kind: undoes === null ? 'restore' : 'undo',
      at: clock.now(),
      snapshot: snapshot.id,
      target: snapshot.source.path,
      undo: saved.id,
      undoes: undoes?.id ?? null,
      paths: paths === null ? null : [...paths],
      withGitState: false,
      restored: total,
      deleted,
    }));
    report?.({ phase: 'verifying', done: 0, total: null, unit: 'files' });
    const note = await this.#difference(guard, wanted, paths);
    return {
      operation: operation.id,
      target: operation.target,
      restored: total,
      deleted,
      unchanged: 0,
      undo: saved,
      verified: note === null,
      notes: note === null ? [] : [note],
      durationMs: clock.monotonic() - started,
    };
  }

  readonly #read = (id: Parameters<Repository['read']>[0]): Promise<Buffer> =>
    this.#options.repository.read(id);

  /** Pulls the records back and compares. @returns what to say of a difference, or null */
  async #difference(
    guard: ProgramGuard,
    wanted: TreeRef | null,
    paths: readonly string[] | null,
  ): Promise<string | null> {
    try {
      const now = await guard.capture({ kind: 'automatic', label: null, always: false });
      let differing = 0;
      const steps = diffTrees(this.#read, rootOf(now, 'files'), wanted, paths ?? undefined);
      for await (const step of steps) if (stepOf(step) !== null) differing += 1;
      if (differing === 0) return null;
      return `${String(differing)} records are not as in the snapshot; the program may have changed them since.`;
    } catch (error) {
      return `The program has taken them over, but they could not be read back: ${messageOf(error)}`;
    }
  }

  async #removed(
    present: TreeRef | null,
    wanted: TreeRef | null,
    paths: readonly string[] | null,
  ): Promise<number> {
    let removed = 0;
    for await (const step of diffTrees(this.#read, present, wanted, paths ?? undefined))
      if (stepOf(step)?.action === 'delete') removed += 1;
    return removed;
  }

  async #requireEntry(snapshot: SnapshotRecord, path: string): Promise<void> {
    const root = rootOf(snapshot, 'files');
    if (path === '' || root === null) return;
    if ((await findEntry(this.#read, root, path)) !== null) return;
    throw new BulwarkError('entry-missing', `the snapshot has no ${displayName(path)}`, {
      hint: 'Records lie in folders by the hash of their key; docs/data-sources.md tells how to find one.',
      details: { path },
    });
  }

  #guardOf(path: string): ProgramGuard {
    const guard = this.#options.sources.guard(sourceNameIn(path) ?? '');
    if (guard instanceof ProgramGuard) return guard;
    throw new BulwarkError('restore-refused', `${path} is no source of records any more`, {
      hint: 'Restore into a folder with --to.',
    });
  }
}

function restoreOf(
  guard: ProgramGuard,
): NonNullable<ReturnType<ProgramGuard['requireAttached']>['restore']> {
  const { restore } = guard.requireAttached();
  if (restore !== null) return restore;
  throw new BulwarkError(
    'restore-refused',
    `the program of ${guard.source.path} takes no records back`,
    {
      hint: 'Restore into a folder with --to.',
    },
  );
}

function stale(message: string): BulwarkError {
  return new BulwarkError('plan-stale', message, { hint: 'Plan the restore again.' });
}
