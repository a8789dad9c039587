import { dirname } from 'node:path';
import type { JournalRecord, OperationRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { isoTime } from '../../support/clock';
import { BulwarkError } from '../../support/errors';
import { displayName } from '../../support/names';
import type { DataProtectionLayer } from '../data-protection-layer';
import { realName } from '../../worktrees/locate';
import { sourceIdOf } from '../source';
import { statesOf, type State } from './states';
import { touches } from './touched';

/** What a moment resolves to. */
export interface Moment {
  readonly record: SnapshotRecord;
  readonly from: 'snapshot' | 'journal';
  /** When the next state was seen, ms since 1970; null where it is the newest one. */
  readonly until: number | null;
}

/** A page of the journal, newest first. */
export interface JournalPage {
  readonly records: readonly JournalRecord[];
  /** Where the next page begins: `before` for it; null at the end. */
  readonly next: number | null;
}

/** Records that one page looks through at most, so that no request takes long. */
const LOOKED_THROUGH = 2_000;
const OPERATIONS = 1_000;

/** Finds states by time and by operation, and lists the journal. */
export class Moments {
  readonly #repository: Repository;
  readonly #protection: DataProtectionLayer;

  constructor(repository: Repository, protection: DataProtectionLayer) {
    this.#repository = repository;
    this.#protection = protection;
  }

  /**
   * The state that the source which holds `path` was in at a time: the newest one whose clock said
   * so or earlier. Where the clock was set back, the newest of those that it fits.
   * @param at ms since 1970
   * @throws BulwarkError `not-protected`, `snapshot-unknown` when everything that is kept is newer
   */
  async at(path: string, at: number): Promise<Moment> {
    const source = await this.#sourceOf(path);
    let until: number | null = null;
    let oldest: SnapshotRecord | null = null;
    for await (const state of statesOf(this.#repository.catalog, source)) {
      if (state.record.createdAt <= at) return moment(state, until);
      until = state.record.createdAt;
      oldest = state.record;
    }
    throw new BulwarkError('snapshot-unknown', `nothing that old is kept of ${displayName(path)}`, {
      hint:
        oldest === null
          ? 'It has no snapshot yet.'
          : `The oldest state that is kept is of ${isoTime(oldest.createdAt)}.`,
      details: { path },
    });
  }

  /**
   * The state before an operation.
   * @param ref the operation's id or its beginning
   * @throws BulwarkError `snapshot-unknown`, `snapshot-ambiguous`, `nothing-to-undo`
   */
  async before(ref: string): Promise<Moment> {
    const { catalog } = this.#repository;
    const operation = await this.#operation(ref.toLowerCase());
    const saved = operation.undo === null ? null : await catalog.snapshot(operation.undo);
    if (saved !== null) return { record: saved, from: 'snapshot', until: operation.at };
    throw new BulwarkError(
      'nothing-to-undo',
      `before that operation there was nothing at ${displayName(operation.target)}`,
      { details: { operation: operation.id } },
    );
  }

  /**
   * The journal of what holds `path`, or of everything that is protected; of records that touch
   * `path` where that is inside.
   * @throws BulwarkError `not-protected`
   */
  async list(asked: {
    path: string | null;
    before?: number | undefined;
    after?: number | undefined;
    limit: number;
  }): Promise<JournalPage> {
    const { path, before, after, limit } = asked;
    const records: JournalRecord[] = [];
    let looked = 0;
    let last: number | null = null;
    for await (const { record, inside } of this.#journals(path, { before, after })) {
      if (records.length >= limit || looked >= LOOKED_THROUGH) return { records, next: last };
      looked += 1;
      last = record.sequence;
      if (inside === '' || (await touches(this.#repository, record, inside))) records.push(record);
    }
    return { records, next: null };
  }

  async *#journals(
    path: string | null,
    range: { before?: number | undefined; after?: number | undefined },
  ): AsyncGenerator<{ record: JournalRecord; inside: string }> {
    const { journal } = this.#repository.catalog;
    if (path !== null) {
      const { id, root } = await this.#place(path);
      const real = isBelow(root, path) ? path : await realName(path).catch(() => root);
      const inside = real === root ? '' : real.slice(root.length + 1).replaceAll('\\', '/');
      for await (const record of journal.newestFirst(id, range)) yield { record, inside };
      return;
    }
    const all = this.#protection
      .guards()
      .map(({ source }) => journal.newestFirst(source.id, range));
    try {
      const heads = await Promise.all(all.map((records) => records.next()));
      for (;;) {
        let newest = -1;
        for (const [i, head] of heads.entries())
          if (head.done !== true && head.value.sequence > (sequenceOf(heads[newest]) ?? -1))
            newest = i;
        const head = heads[newest];
        const records = all[newest];
        if (head === undefined || head.done === true || records === undefined) return;
        yield { record: head.value, inside: '' };
        heads[newest] = await records.next();
      }
    } finally {
      for (const records of all) await records.return(undefined);
    }
  }

  async #sourceOf(path: string): Promise<string> {
    return (await this.#place(path)).id;
  }

  /** The source that holds a path, also one that is no longer protected but was. */
  async #place(path: string): Promise<{ id: string; root: string }> {
    try {
      const { source } = await this.#protection.backedUpOf(path);
      return { id: source.id, root: source.path };
    } catch (error) {
      for (let root = path; ; root = dirname(root)) {
        const id = sourceIdOf('folder', root);
        const known = await this.#repository.catalog.snapshots(id, { limit: 1 });
        if (known.length > 0) return { id, root };
        if (dirname(root) === root) throw error;
      }
    }
  }

  async #operation(prefix: string): Promise<OperationRecord> {
    const all = await this.#repository.catalog.operations(OPERATIONS);
    const [found, another] = all.filter(({ id }) => id.startsWith(prefix));
    if (found === undefined)
      throw new BulwarkError('snapshot-unknown', `there is no operation ${prefix}`, {
        hint: 'A restore tells its operation with --json.',
      });
    if (another !== undefined)
      throw new BulwarkError(
        'snapshot-ambiguous',
        `${prefix} is the beginning of several operations`,
        {
          hint: 'Type more of it.',
        },
      );
    return found;
  }
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}\\`);
}

function moment({ record, journal }: State, until: number | null): Moment {
  return { record, from: journal === null ? 'snapshot' : 'journal', until };
}

function sequenceOf(head: IteratorResult<JournalRecord> | undefined): number | null {
  return head === undefined || head.done === true ? null : head.value.sequence;
}
