import type { Repository } from '../repository/repository';
import { displayName } from '../support/names';
import { UNORDERED, type Operations } from '../support/operations';
import type { CallContext } from './restore/restore-context';
import type { RestoreEngine, RestorePlan, RestoreRequest } from './restore/restore-engine';
import type { RestoreOutcome } from './restore/restore-run';
import { undoneBy } from './restore/undo';
import { RecordsRestore } from './sources/records-restore';

/** Every restore there is: of files by the engine, of records by the program that they are of. */
export class Restores {
  readonly #engine: RestoreEngine;
  readonly #records: RecordsRestore;
  readonly #repository: Repository;
  readonly #operations: Operations;

  constructor(options: {
    engine: RestoreEngine;
    records: RecordsRestore;
    repository: Repository;
    operations?: Operations;
  }) {
    this.#operations = options.operations ?? UNORDERED;
    this.#engine = options.engine;
    this.#records = options.records;
    this.#repository = options.repository;
  }

  /** As {@link RestoreEngine.plan} and {@link RecordsRestore.plan}. */
  plan(request: RestoreRequest, context: CallContext): Promise<RestorePlan> {
    const to = RecordsRestore.isFor(request) ? this.#records : this.#engine;
    const target = request.to ?? request.snapshot.source.path;
    return this.#restoring(target, context, () => to.plan(request, context));
  }

  /** As {@link RestoreEngine.apply} and {@link RecordsRestore.apply}. */
  apply(planId: string, context: CallContext): Promise<RestoreOutcome> {
    const by = this.#records.knows(planId) ? this.#records : this.#engine;
    return this.#restoring(by.targetOf(planId), context, () => by.apply(planId, context));
  }

  /** As {@link RestoreEngine.undo} and {@link RecordsRestore.undo}. */
  async undo(operationId: string | undefined, context: CallContext): Promise<RestoreOutcome> {
    const operation = await undoneBy(this.#repository.catalog, operationId);
    return this.#restoring(operation.target, context, () =>
      RecordsRestore.didOne(operation)
        ? this.#records.undo(operation, context)
        : this.#engine.undo(operation.id, context),
    );
  }

  /** Somebody waits for it: everything else comes after it. */
  #restoring<T>(
    target: string | null,
    { signal }: CallContext,
    work: () => Promise<T>,
  ): Promise<T> {
    const what = target === null ? 'a restore' : `a restore of ${displayName(target)}`;
    return this.#operations.run({ priority: 'restore', worktree: target, what }, signal, work);
  }
}
