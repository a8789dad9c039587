import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { toFsPath } from '../../support/names';
import { diffTrees } from '../restore/diff';
import { rootOf } from '../restore/snapshot-parts';

/**
 * What was on disk for less than a second is nobody's work yet: test runs and editors leave such files.
 * Shorter by what the times of files may be off, by up to 16 ms at either end on Windows; ms.
 */
const WORK_MS = 960;
/** Only where a state came so late, for a busy machine, is the disk asked as well, ms. */
const LATE_MS = 10_000;

/**
 * Tells of one state after the other, the newest first, which of its files were on disk for less than
 * a second. A file's life begins with its time of change and ended at the latest when the next state
 * was captured, or when what took its place (another file, or the folder without it) last changed.
 */
export class ShortLived {
  readonly #repository: Repository;
  readonly #folder: string;
  readonly #found = new Set<string>();

  /** @param folder of the source, absolute */
  constructor(repository: Repository, folder: string) {
    this.#repository = repository;
    this.#folder = folder;
  }

  /**
   * The files of a state that lived so shortly, relative and '/'-separated; good until the next call.
   * @param next the state after it, which was the one of the last call
   */
  async of(record: SnapshotRecord, next: SnapshotRecord): Promise<ReadonlySet<string>> {
    const read = this.#repository.read.bind(this.#repository);
    const capturedAt = next.createdAt + next.durationMs;
    const changes = new Map<string, Promise<number>>();
    for await (const step of diffTrees(read, rootOf(record, 'files'), rootOf(next, 'files'))) {
      if (step.kind !== 'changed' || step.from === null) continue;
      if (step.from.entry.kind === 'folder') continue;
      const since = Number(step.from.mtime / 1_000_000n);
      let until = capturedAt;
      if (until - since >= WORK_MS && until - since < LATE_MS)
        until = Math.min(until, await this.#changedAt(step.path, changes));
      const isShort = until >= since && until - since < WORK_MS;
      if (isShort) this.#found.add(step.path);
      else this.#found.delete(step.path);
    }
    return this.#found;
  }

  /** When a file, or the nearest folder above it that is there, last changed; ms since 1970. */
  #changedAt(path: string, known: Map<string, Promise<number>>): Promise<number> {
    let changed = known.get(path);
    if (changed === undefined) {
      // Unlike the time of modification nobody can set this one.
      const own = lstat(toFsPath(join(this.#folder, path))).then(({ ctimeMs }) => ctimeMs);
      changed = own.catch(() =>
        path === '.' ? Number.POSITIVE_INFINITY : this.#changedAt(dirname(path), known),
      );
      known.set(path, changed);
    }
    return changed;
  }
}
