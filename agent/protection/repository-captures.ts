import type { Clock } from '../support/clock';
import { BulwarkError, messageOf } from '../support/errors';
import type { Log } from '../support/log';
import type { Operations } from '../support/operations';
import { PacedWork } from './journal/paced-work';
import { repositoryOf, type Source } from './source';
import type { SourceGuard } from './source-guard';

/** Captures shared git directories after something happened there, at a pace. */
export class RepositoryCaptures {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #operations: Pick<Operations, 'restoresBeside'>;
  readonly #work = new Map<string, PacedWork>();

  constructor(options: { clock: Clock; log: Log; operations: Pick<Operations, 'restoresBeside'> }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#operations = options.operations;
  }

  add(guard: SourceGuard): void {
    const run = (): Promise<number> => this.capture(guard, undefined);
    const givesWay = (): boolean => this.#operations.restoresBeside(guard.source.path);
    const paced = { run, rest: 4, givesWay, clock: this.#clock };
    this.#work.set(guard.source.id, new PacedWork(paced));
  }

  /** Something happened in a worktree that its repository may have to do with. */
  ask(worktree: Source): void {
    this.#work.get(repositoryOf(worktree))?.ask();
  }

  drop(sourceId: string): void {
    this.#work.get(sourceId)?.close();
    this.#work.delete(sourceId);
  }

  /** @returns bytes that it stored */
  async capture(guard: SourceGuard, signal: AbortSignal | undefined): Promise<number> {
    try {
      const before = guard.newest?.id;
      const record = await guard.capture({
        kind: 'automatic',
        label: null,
        always: false,
        signal,
      });
      return record.id === before ? 0 : record.storedBytes;
    } catch (error) {
      // A repository that cannot be read must not keep the files from being saved.
      if (error instanceof BulwarkError && error.reason === 'cancelled') throw error;
      this.#log.warn('The repository could not be captured', {
        path: guard.source.path,
        reason: messageOf(error),
      });
      return 0;
    }
  }

  close(): void {
    for (const work of this.#work.values()) work.close();
  }
}
