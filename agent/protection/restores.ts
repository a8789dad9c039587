import type { Repository } from '../repository/repository';
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

  constructor(options: { engine: RestoreEngine; records: RecordsRestore; repository: Repository }) {
    this.#engine = options.engine;
    this.#records = options.records;
    this.#repository = options.repository;
  }

  /** As {@link RestoreEngine.plan} and {@link RecordsRestore.plan}. */
  plan(request: RestoreRequest, context: CallContext): Promise<RestorePlan> {
    const to = RecordsRestore.isFor(request) ? this.#records : this.#engine;
    return to.plan(request, context);
  }

  /** As {@link RestoreEngine.apply} and {@link RecordsRestore.apply}. */
  apply(planId: string, context: CallContext): Promise<RestoreOutcome> {
    const by = this.#records.knows(planId) ? this.#records : this.#engine;
    return by.apply(planId, context);
  }

  /** As {@link RestoreEngine.undo} and {@link RecordsRestore.undo}. */
  async undo(operationId: string | undefined, context: CallContext): Promise<RestoreOutcome> {
    const operation = await undoneBy(this.#repository.catalog, operationId);
    return RecordsRestore.didOne(operation)
      ? this.#records.undo(operation, context)
      : this.#engine.undo(operation.id, context);
  }
}
