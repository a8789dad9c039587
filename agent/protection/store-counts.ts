import type { Repository } from '../repository/repository';
import type { Disposable } from '../support/emitter';
import type { DataProtectionLayer } from './data-protection-layer';

/** Figures of a store that cost nothing to have. */
export class StoreCounts {
  readonly #repository: Repository;
  readonly #subscription: Disposable;
  #journalRecords = 0;

  constructor(repository: Repository, protection: DataProtectionLayer) {
    this.#repository = repository;
    this.#subscription = protection.onEvent.on((event) => {
      if (event.kind === 'journal-written') this.#journalRecords += 1;
    });
  }

  /** Size and number of the packs, and the records of the journal since this agent started. */
  get figures(): {
    readonly packBytes: number;
    readonly packs: number;
    readonly journalRecords: number;
  } {
    const packs = this.#repository.catalog.packs();
    return {
      packs: packs.length,
      packBytes: packs.reduce((sum, { length }) => sum + length, 0),
      journalRecords: this.#journalRecords,
    };
  }

  close(): void {
    this.#subscription.dispose();
  }
}
