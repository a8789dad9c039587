import type { SnapshotRecord } from '../../repository/record';
import { BulwarkError, messageOf } from '../../support/errors';
import type { BackedUp, SnapshotOrder } from '../backed-up';
import type { Source } from '../source';
import type { DataSourceState, Program, RecordsRestoreProgram } from './data-source';

/** A program that serves a source now, and how to work with it. */
export interface Attached {
  readonly program: Program;
  readonly take: (order: SnapshotOrder) => Promise<SnapshotRecord>;
  /** Runs what replaces the source's files. */
  readonly held: <T>(fn: () => Promise<T>) => Promise<T>;
  /** How records go back; null where they cannot, or where there are none. */
  readonly restore: RecordsRestoreProgram | null;
}

/** A source that only its program can bring into a state worth keeping. */
export class ProgramGuard implements BackedUp {
  readonly source: Source;
  readonly #onSnapshot: (record: SnapshotRecord) => void;
  #attached: Attached | null = null;
  #newest: SnapshotRecord | null;
  #failure: string | null = null;
  #capturing = 0;

  constructor(options: {
    source: Source;
    newest: SnapshotRecord | null;
    onSnapshot: (record: SnapshotRecord) => void;
  }) {
    this.source = options.source;
    this.#newest = options.newest;
    this.#onSnapshot = options.onSnapshot;
  }

  get newest(): SnapshotRecord | null {
    return this.#newest;
  }

  /** The program that is there, or null. */
  get attached(): Attached | null {
    return this.#attached?.program.gone.aborted === false ? this.#attached : null;
  }

  get state(): DataSourceState {
    if (this.attached === null) return { kind: 'waiting' };
    if (this.#capturing > 0) return { kind: 'capturing' };
    if (this.#failure !== null) return { kind: 'failing', message: this.#failure };
    return { kind: this.#newest === null ? 'never' : 'ready' };
  }

  remember(newest: SnapshotRecord | null): void {
    this.#newest = newest;
  }

  /** From now on this program serves the source. */
  attach(attached: Attached): void {
    this.#attached = attached;
    this.#failure = null;
  }

  /** @throws BulwarkError `program-absent`, and what the program and the store throw */
  async capture(order: SnapshotOrder): Promise<SnapshotRecord> {
    const { take } = this.requireAttached();
    this.#capturing += 1;
    try {
      const before = this.#newest?.id;
      const record = await take(order);
      this.#failure = null;
      this.#newest = record;
      if (record.id !== before) this.#onSnapshot(record);
      return record;
    } catch (error) {
      if (!(error instanceof BulwarkError && error.reason === 'cancelled'))
        this.#failure = messageOf(error);
      throw error;
    } finally {
      this.#capturing -= 1;
    }
  }

  /** @throws BulwarkError `program-absent` */
  requireAttached(): Attached {
    const { attached } = this;
    if (attached !== null) return attached;
    throw new BulwarkError(
      'program-absent',
      `the program of ${this.source.path} is not connected`,
      {
        hint: 'Start it; it registers its data by itself. Its snapshots can be restored with --to.',
      },
    );
  }
}
