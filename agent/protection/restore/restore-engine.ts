import { randomBytes } from 'node:crypto';
import type { OperationRecord, SnapshotRecord } from '../../repository/record';
import { BulwarkError, throwIfAborted } from '../../support/errors';
import { Mutex } from '../../support/mutex';
import { displayName } from '../../support/names';
import { findEntry } from './diff';
import type { GitChange } from './git-work';
import { makeWork, type Intent, type RestoreWork } from './intent';
import { cleanTreePath } from './path-filter';
import { look } from './places';
import type { PlanStep } from './planner';
import type { CallContext, PresentTarget, RestoreEngineOptions } from './restore-context';
import { RestoreJournal } from './restore-journal';
import { RestoreRun, type RestoreOutcome } from './restore-run';
import { branchRef, rootOf } from './snapshot-parts';
import { targetFolder } from './target';
import { undoneBy } from './undo';

export interface RestoreRequest {
  readonly snapshot: SnapshotRecord;
  /** Only these files and folders; paths in the snapshot's tree. */
  readonly paths?: readonly string[];
  /** Another folder, absolute. */
  readonly to?: string;
  readonly withGitState: boolean;
}

/** What a restore would do. */
export interface RestorePlan {
  readonly id: string;
  readonly snapshot: SnapshotRecord;
  readonly target: string;
  readonly inPlace: boolean;
  /** All of them, by path. */
  readonly steps: readonly PlanStep[];
  readonly creates: number;
  readonly overwrites: number;
  readonly deletes: number;
  readonly unchanged: number;
  readonly bytes: number;
  readonly gitState: readonly GitChange[];
  readonly notes: readonly string[];
}

interface KnownPlan {
  readonly intent: Intent;
  readonly present: SnapshotRecord | null;
  readonly work: RestoreWork;
  readonly madeAt: number;
}

const PLAN_LIFE_MS = 60 * 60 * 1000;
/** Each holds every entry that it would write. */
const MAX_PLANS = 4;

/** Plans, applies, takes back and, after a crash, ends restores. One at a time. */
export class RestoreEngine {
  readonly #options: RestoreEngineOptions;
  readonly #journal: RestoreJournal;
  readonly #mutex = new Mutex();
  readonly #plans = new Map<string, KnownPlan>();

  constructor(options: RestoreEngineOptions) {
    this.#options = options;
    this.#journal = new RestoreJournal(options.journalFolder, options.log);
  }

  /**
   * What restoring would write and delete. Changes nothing.
   * @throws BulwarkError `entry-missing`, `path-refused`, `not-a-directory`, `restore-refused`, `cancelled`
   */
  plan(request: RestoreRequest, context: CallContext = {}): Promise<RestorePlan> {
    // What the plan looks up must not be moved meanwhile.
    return this.#options.repository.leases.during(() => this.#plan(request, context));
  }

  async #plan(request: RestoreRequest, { signal, report }: CallContext): Promise<RestorePlan> {
    report?.({ phase: 'planning', done: 0, total: null, unit: 'files' });
    const intent = await this.#intent(request);
    const present =
      look(intent.target) === null || intent.policy === 'fill'
        ? null
        : await this.#options.present.look(presentTarget(intent), signal);
    throwIfAborted(signal);
    const work = await makeWork(intent, present, this.#workContext());
    throwIfAborted(signal);
    const id = randomBytes(16).toString('hex');
    this.#dropOldPlans();
    this.#plans.set(id, { intent, present, work, madeAt: this.#options.clock.monotonic() });
    return { id, ...describe(intent, work) };
  }

  /** The folder that a plan is for, or null where the plan is not known. */
  targetOf(planId: string): string | null {
    return this.#plans.get(planId)?.intent.target ?? null;
  }

  /**
   * Saves the present state, then does what the plan says and reads it back.
   * @throws BulwarkError `plan-stale`, `disk-full`, `permission-denied`, `busy`, `restore-failed`
   *   (all was put back as it was), `cancelled` (nothing was changed)
   */
  async apply(planId: string, context: CallContext = {}): Promise<RestoreOutcome> {
    this.#dropOldPlans();
    const plan = this.#plans.get(planId);
    if (plan === undefined)
      throw new BulwarkError('plan-stale', 'that plan is not known any more', {
        hint: 'Plan the restore again.',
      });
    const outcome = await this.#run(plan.intent, plan, context);
    this.#plans.delete(planId);
    return outcome;
  }

  /**
   * Takes back the newest restore that was not taken back, or the named one.
   * It is a restore itself: taking it back as well is a redo.
   * @throws BulwarkError `nothing-to-undo`, and what {@link apply} throws
   */
  async undo(operationId?: string, context: CallContext = {}): Promise<RestoreOutcome> {
    const operation = await undoneBy(this.#options.repository.catalog, operationId);
    const intent = await this.#undoIntent(operation);
    return await this.#run(intent, null, context);
  }

  /** Ends what a crash left half done, each restore whole: applied, or as it was before. */
  async recover(): Promise<number> {
    const records = await this.#journal.unfinished();
    for (const record of records) {
      const { target } = record.operation;
      try {
        await this.#mutex.run(() =>
          this.#options.paused(target, () => this.#newRun().recover(record)),
        );
      } catch (error) {
        // Its record and what it replaced stay for the next start; the other restores must not wait for it.
        this.#options.log.error('An interrupted restore could not be ended', {
          target: displayName(target),
          error,
        });
      }
    }
    return records.length;
  }

  /** Runs `fn` while no restore reads the packs. */
  exclusively<T>(fn: () => Promise<T>): Promise<T> {
    return this.#mutex.run(fn);
  }

  #run(intent: Intent, shown: KnownPlan | null, context: CallContext): Promise<RestoreOutcome> {
    const { leases } = this.#options.repository;
    const once = (): Promise<RestoreOutcome> =>
      this.#options.paused(intent.target, async () => {
        throwIfAborted(context.signal);
        context.report?.({ phase: 'saving', done: 0, total: null, unit: 'files' });
        const started = this.#options.clock.monotonic();
        const saved =
          look(intent.target) === null || intent.policy === 'fill'
            ? null
            : await this.#options.present.save(
                presentTarget(intent),
                'before restore',
                context.signal,
              );
        const work =
          shown !== null && isStillTrue(intent, shown.present, saved)
            ? shown.work
            : await makeWork(intent, saved, this.#workContext());
        if (shown !== null) refuseSurprises(shown.work, work);
        const outcome = await this.#newRun().apply(intent, work, saved, context);
        return { ...outcome, durationMs: this.#options.clock.monotonic() - started };
      });
    return this.#mutex.run(() => leases.during(once));
  }

  #newRun(): RestoreRun {
    return new RestoreRun(this.#options, this.#journal);
  }

  async #intent(request: RestoreRequest): Promise<Intent> {
    const { snapshot, withGitState } = request;
    const inPlace = request.to === undefined;
    const ofRepository = snapshot.source.kind === 'repository';
    const paths = request.paths?.map(cleanTreePath) ?? ownPaths(snapshot, inPlace);
    if (withGitState && (!inPlace || paths !== null))
      throw new BulwarkError(
        'restore-refused',
        'git’s state can only go back with the whole worktree, in its place',
        {
          hint: 'Leave out the paths and the other folder, or the git state.',
        },
      );
    const target = await targetFolder(request.to ?? snapshot.source.path, {
      home: this.#options.home,
      ownFolder: this.#options.ownFolder,
      inPlace,
      gitDir: ofRepository,
    });
    const wanted = rootOf(snapshot, 'files');
    if (wanted === null)
      throw new BulwarkError('entry-missing', 'the snapshot holds no files', {
        details: { snapshot: snapshot.id },
      });
    for (const path of request.paths ?? []) await this.#requireEntry(snapshot, cleanTreePath(path));
    return {
      snapshot,
      wanted,
      target,
      inPlace,
      // A repository's objects and refs are never replaced, only what is missing comes back.
      policy: !inPlace ? 'overlay' : ofRepository ? 'fill' : 'exact',
      paths,
      withGitState,
      undoes: null,
      branches: [],
    };
  }

  async #requireEntry(snapshot: SnapshotRecord, path: string): Promise<void> {
    const root = rootOf(snapshot, 'files');
    if (path === '' || root === null) return;
    const found = await findEntry((id) => this.#options.repository.read(id), root, path);
    const kind = found?.entry.kind;
    if (kind === 'file' || kind === 'folder' || kind === 'link') return;
    const shown = displayName(path);
    throw new BulwarkError(
      'entry-missing',
      kind === undefined
        ? `the snapshot has no ${shown}`
        : kind === 'nested'
          ? `${shown} is a worktree of its own, which has snapshots of its own`
          : `${shown} was left out of the snapshot`,
      { hint: 'Look at what it holds with "bulwark show".', details: { path } },
    );
  }

  async #undoIntent(operation: OperationRecord): Promise<Intent> {
    const { catalog } = this.#options.repository;
    const restored = await catalog.snapshot(operation.snapshot);
    const saved = operation.undo === null ? null : await catalog.snapshot(operation.undo);
    const snapshot = saved ?? restored;
    const elsewhere = restored !== null && restored.source.path !== operation.target;
    if (snapshot === null || (saved === null && (!elsewhere || operation.undo !== null)))
      throw new BulwarkError(
        'nothing-to-undo',
        `before that restore there was nothing at ${displayName(operation.target)}`,
        { details: { operation: operation.id } },
      );
    const moved = operation.withGitState && restored?.git != null ? branchRef(restored.git) : null;
    return {
      snapshot,
      wanted: saved === null ? null : rootOf(saved, 'files'),
      target: await targetFolder(operation.target, {
        home: this.#options.home,
        ownFolder: this.#options.ownFolder,
        inPlace: true,
        gitDir: snapshot.source.kind === 'repository',
      }),
      inPlace: true,
      policy: 'exact',
      paths: operation.paths,
      withGitState: operation.withGitState,
      undoes: operation,
      branches: moved === null ? [] : [moved],
    };
  }

  #workContext(): Parameters<typeof makeWork>[2] {
    const { repository, git, journalFolder, repositorySnapshots } = this.#options;
    return {
      read: (id) => repository.read(id),
      git,
      scratch: journalFolder,
      repositorySnapshots,
    };
  }

  #dropOldPlans(): void {
    const oldest = this.#options.clock.monotonic() - PLAN_LIFE_MS;
    for (const [id, { madeAt }] of this.#plans)
      if (madeAt < oldest || this.#plans.size >= MAX_PLANS) this.#plans.delete(id);
  }
}

function presentTarget({ snapshot, target }: Intent): PresentTarget {
  const { source } = snapshot;
  if (source.kind === 'files' && source.path === target)
    return { kind: 'set', set: source, path: target };
  return source.path === target && source.kind !== 'repository'
    ? { kind: 'source', sourceId: source.id, path: target }
    : { kind: 'folder', path: target };
}

/**
 * The part of its folder that a set of files is: only there is deleted what the snapshot does not
 * have, such as the log of a database that had none when it was saved.
 */
function ownPaths({ source }: SnapshotRecord, inPlace: boolean): readonly string[] | null {
  const { kind, files = [] } = source;
  return kind === 'files' && inPlace && files.length > 0 ? files : null;
}

function describe(intent: Intent, work: RestoreWork): Omit<RestorePlan, 'id'> {
  const count = (action: PlanStep['action']): number =>
    work.steps.filter((step) => step.action === action).length;
  return {
    snapshot: intent.snapshot,
    target: intent.target,
    inPlace: intent.inPlace,
    steps: work.steps,
    creates: count('create'),
    overwrites: count('overwrite') + count('mode'),
    deletes: count('delete'),
    unchanged: work.unchanged,
    bytes: work.bytes,
    gitState: work.gitChanges,
    notes: work.notes,
  };
}

/** Whether a plan's comparison need not be made again: the files are as they were, and git has no part. */
function isStillTrue(
  { inPlace, snapshot }: Intent,
  before: SnapshotRecord | null,
  now: SnapshotRecord | null,
): boolean {
  if (inPlace && snapshot.git !== null) return false;
  return rootOf(before, 'files')?.tree === rootOf(now, 'files')?.tree;
}

/** Nothing is written or deleted that the plan did not show. */
function refuseSurprises(shown: RestoreWork, work: RestoreWork): void {
  const known = new Set(shown.steps.map(({ action, path }) => `${action}\0${path}`));
  const surprise = work.steps.find(({ action, path }) => !known.has(`${action}\0${path}`));
  const changes = new Set(shown.gitChanges.map(({ what, to }) => `${what}\0${String(to)}`));
  // Git itself touches the index and its notes all the time; they are saved before they are replaced.
  const moved = work.gitChanges.find(
    ({ what, to }) => /^(?:HEAD$|refs\/)/.test(what) && !changes.has(`${what}\0${String(to)}`),
  );
  if (surprise === undefined && moved === undefined) return;
  const what = displayName(surprise?.path ?? moved?.what ?? '');
  throw new BulwarkError('plan-stale', `the folder has changed since the plan was made: ${what}`, {
    hint: 'Plan the restore again.',
  });
}
