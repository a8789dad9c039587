import { randomBytes } from 'node:crypto';
import { mkdirSync, rmdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationRecord, SnapshotRecord } from '../../repository/record';
import { BulwarkError, fileError, messageOf, throwIfAborted } from '../../support/errors';
import { displayName, toFsPath } from '../../support/names';
import { Mover } from './apply';
import { GitMover } from './git-mover';
import { holdIndex, releaseLock } from './index-lock';
import type { Intent, RestoreWork } from './intent';
import type { CallContext, RestoreEngineOptions } from './restore-context';
import type { StageItem } from './planner';
import type { RestoreJournal } from './restore-journal';
import { breathe, stageItems, type Report, type Staged } from './stage';
import { removeTree } from './remove-tree';
import { syncFiles, syncMoved } from './sync-files';
import { checkRoom, missingFolders, stagingFor } from './target';
import { Trash } from './trash';
import { entriesThatDiffer, filesThatDiffer, type ExpectedFile } from './verify-target';
import type { AreaPlace, Move, RestoreRecord } from './work';

/** How a restore ended. */
export interface RestoreOutcome {
  /** Id of the operation. */
  readonly operation: string;
  readonly target: string;
  /** Entries written. */
  readonly restored: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** The safety snapshot, null where there was nothing to save. */
  readonly undo: SnapshotRecord | null;
  /** Whether all that was written was read back as it should be. */
  readonly verified: boolean;
  readonly notes: readonly string[];
  readonly durationMs: number;
}

const BURST = 64;
const SHOWN = 5;

/** One restore from its staging to its end; also the end of one that a crash interrupted. */
export class RestoreRun {
  readonly #options: RestoreEngineOptions;
  readonly #journal: RestoreJournal;

  constructor(options: RestoreEngineOptions, journal: RestoreJournal) {
    this.#options = options;
    this.#journal = journal;
  }

  /** Stages and applies. Until all is staged and the record is durable, nothing of the target changes. */
  async apply(
    intent: Intent,
    work: RestoreWork,
    saved: SnapshotRecord | null,
    { signal, report = () => undefined }: CallContext,
  ): Promise<Omit<RestoreOutcome, 'durationMs'>> {
    const id = randomBytes(16).toString('hex');
    const areas = work.areas.map(({ root }, i) => ({
      root,
      staging: stagingFor(root, `${id.slice(0, 12)}-${String(i)}`),
    }));
    const entries = work.areas.reduce((sum, { items }) => sum + items.length, 0);
    await checkRoom(areas, work.moves, { bytes: work.bytes, entries });
    let record = this.#record(id, intent, work, saved, areas);
    await this.#journal.write(record);
    let staged: Staged;
    try {
      await this.#step('staging');
      staged = await this.#stage(areas, work, signal, report);
      throwIfAborted(signal);
      record = { ...record, moves: record.moves.filter((move) => !isMissing(move, staged)) };
      for (const lock of record.locks) await holdIndex(lock, id);
      await this.#step('staged');
      record = { ...record, phase: 'applying' };
      await this.#journal.write(record);
    } catch (error) {
      await this.#drop({ ...record, phase: 'staging' });
      throw fileError(error, displayName(intent.target));
    }
    await this.#step('recorded');
    const notes = await this.#move(record, report);
    const [wrong] = await Promise.all([
      this.#verify(work, areas, staged, report),
      this.#sync(record),
    ]);
    await this.#step('verified');
    const kept = await this.#end(record, report);
    return {
      operation: id,
      target: intent.target,
      restored: record.operation.restored - staged.missing.size,
      deleted: record.operation.deleted,
      unchanged: work.unchanged,
      undo: saved,
      verified: wrong.length === 0,
      notes: [...work.notes, ...staged.notes, ...notes, ...kept, ...wrongNotes(wrong)],
    };
  }

  /** Rolls an interrupted restore forward where all was staged, back where not. */
  async recover(record: RestoreRecord): Promise<void> {
    const { log } = this.#options;
    const shown = displayName(record.operation.target);
    if (record.phase === 'staging') {
      await this.#drop(record);
      log.info('A restore that had changed nothing yet was dropped', { target: shown });
      return;
    }
    if (record.phase === 'reverting') {
      await this.#revert(record);
      log.info('A restore that had failed was taken back', { target: shown });
      return;
    }
    const ignore: Report = () => undefined;
    const notes = await this.#move(record, ignore);
    await this.#sync(record);
    const kept = await this.#end(record, ignore);
    log.info('A restore that was interrupted was finished', {
      target: shown,
      notes: [...notes, ...kept],
    });
  }

  async #stage(
    areas: readonly AreaPlace[],
    work: RestoreWork,
    signal: AbortSignal | undefined,
    report: Report,
  ): Promise<Staged> {
    for (const { staging } of areas)
      for (const part of ['new', 'trash'])
        await mkdir(toFsPath(join(staging, part)), { recursive: true, mode: 0o700 });
    const { repository, pool } = this.#options;
    const items = areas.map(({ staging }, i) => ({ staging, items: work.areas[i]?.items ?? [] }));
    const staged = await stageItems(items, { repository, pool, signal, report, ahead: true });
    // Where something old gives way, or git builds on it, the new must be on the disk before.
    const replaces =
      areas.length > 1 ||
      work.moves.some(
        (move) =>
          move.kind === 'remove' ||
          move.kind === 'ref' ||
          (move.kind === 'put' && move.was !== null),
      );
    if (replaces || process.platform === 'win32') await syncFiles(items, this.#options.clock);
    return staged;
  }

  #sync({ areas, moves }: RestoreRecord): Promise<void> {
    return syncMoved(areas, moves, this.#options.clock);
  }

  /** Does all moves, or, where one cannot be done, none. */
  async #move(record: RestoreRecord, report: Report): Promise<string[]> {
    const git = new GitMover(
      this.#options.git,
      `bulwark: restore ${record.operation.snapshot.slice(0, 8)}`,
    );
    const mover = new Mover(record.areas, git);
    const total = record.moves.length;
    const [target] = record.areas;
    try {
      // Also where nothing goes into it: an empty folder is restored as one.
      if (record.made.length > 0 && target !== undefined)
        mkdirSync(toFsPath(target.root), { recursive: true });
      let done = 0;
      for (const move of record.moves) {
        await mover.forward(move);
        await this.#step('moved');
        done += 1;
        if (done % BURST !== 0) continue;
        report({ phase: 'applying', done, total, unit: 'files' });
        await breathe();
      }
      report({ phase: 'applying', done, total, unit: 'files' });
    } catch (error) {
      await this.#giveUp(record, error);
    }
    return git.notes;
  }

  async #giveUp(record: RestoreRecord, cause: unknown): Promise<never> {
    const reverting = { ...record, phase: 'reverting' as const };
    await this.#journal.write(reverting);
    await this.#step('reverting');
    await this.#revert(reverting);
    throw new BulwarkError(
      'restore-failed',
      `the restore could not be finished: ${messageOf(cause)}`,
      {
        hint: 'All was put back as it was before. Close what uses these files, then try again.',
        cause,
      },
    );
  }

  async #revert(record: RestoreRecord): Promise<void> {
    const mover = new Mover(
      record.areas,
      new GitMover(this.#options.git, 'bulwark: restore taken back'),
    );
    const failed: unknown[] = [];
    for (const move of [...record.moves].reverse()) {
      try {
        await mover.backward(move);
      } catch (error) {
        // A place that is a link or a file by now takes nothing back; what is in no snapshot is kept apart below.
        if (!(error instanceof BulwarkError && error.reason === 'path-refused')) failed.push(error);
      }
      await this.#step('taken back');
    }
    // What could not go back stays in the staging folder and with its record: nothing is thrown away.
    if (failed.length > 0)
      throw new BulwarkError(
        'restore-failed',
        `a restore could not be taken back: ${messageOf(failed[0])}`,
        {
          hint: 'Start the agent again to try once more; what was replaced is kept until then.',
          cause: failed[0],
        },
      );
    const { repository, pool } = this.#options;
    await new Trash(record).keepWhatIsNotSaved({ repository, pool, report: () => undefined });
    removeEmpty(record.made);
    await this.#drop(record);
  }

  async #verify(
    work: RestoreWork,
    areas: readonly AreaPlace[],
    { missing }: Staged,
    report: Report,
  ): Promise<string[]> {
    const wrong: string[] = [];
    const parts = areas.map(({ root }, i) => ({
      root,
      items: (work.areas[i]?.items ?? []).filter(({ path }) => !missing.has(path)),
    }));
    let total = 0;
    for (const { root, items } of parts) {
      wrong.push(...(await entriesThatDiffer(root, items)));
      total += items.filter(({ entry }) => entry.kind === 'file').length;
    }
    const { repository, pool } = this.#options;
    const files = expectedFiles(parts);
    const reading = { repository, pool, report, ahead: true };
    wrong.push(...(await filesThatDiffer(files, total, reading)));
    return [...new Set(wrong)];
  }

  /** Keeps what changed while it was replaced, records the operation, and cleans up. */
  async #end(record: RestoreRecord, report: Report): Promise<string[]> {
    const { repository, pool, clock, keep } = this.#options;
    const kept = await new Trash(record).keepWhatIsNotSaved({ repository, pool, report });
    for (const lock of record.locks) await releaseLock(lock, record.id);
    const known = await repository.catalog.operations(50);
    if (!known.some(({ id }) => id === record.id))
      await keep((sequence): OperationRecord => ({
        type: 'operation',
        id: record.id,
        sequence,
        at: clock.now(),
        ...record.operation,
      }));
    await this.#step('committed');
    await this.#cleanUp(record);
    return kept;
  }

  async #drop(record: RestoreRecord): Promise<void> {
    for (const lock of record.locks) await releaseLock(lock, record.id);
    await this.#cleanUp(record);
  }

  async #cleanUp(record: RestoreRecord): Promise<void> {
    for (const { staging } of record.areas) await removeTree(staging);
    await this.#step('cleaned');
    await this.#journal.remove(record.id);
  }

  #record(
    id: string,
    intent: Intent,
    work: RestoreWork,
    saved: SnapshotRecord | null,
    areas: readonly AreaPlace[],
  ): RestoreRecord {
    const deleted = work.steps.filter(({ action }) => action === 'delete').length;
    return {
      version: 1,
      id,
      phase: 'staging',
      areas: [...areas],
      moves: [...work.moves],
      locks: work.lock === null ? [] : [join(work.lock, 'index.lock')],
      made: intent.wanted === null ? [] : areas.flatMap(({ root }) => missingFolders(root)),
      operation: {
        kind: intent.undoes === null ? 'restore' : 'undo',
        snapshot: intent.snapshot.id,
        target: intent.target,
        undo: saved?.id ?? null,
        undoes: intent.undoes?.id ?? null,
        paths: intent.paths === null ? null : [...intent.paths],
        withGitState: intent.withGitState,
        restored: work.steps.length - deleted,
        deleted,
      },
    };
  }

  async #step(step: string): Promise<void> {
    await this.#options.onStep?.(step);
  }
}

/** Takes away folders that were made to hold the target, where nothing else is in them. */
function removeEmpty(made: readonly string[]): void {
  for (const folder of [...made].reverse()) {
    try {
      rmdirSync(toFsPath(folder));
    } catch {
      return;
    }
  }
}

function isMissing(move: Move, { missing }: Staged): boolean {
  return move.kind === 'put' && missing.has(move.path);
}

/** What of these is a file, as it should be read back. */
function* expectedFiles(
  parts: readonly { readonly root: string; readonly items: readonly StageItem[] }[],
): Generator<ExpectedFile> {
  for (const { root, items } of parts)
    for (const { path, entry } of items)
      if (entry.kind === 'file')
        yield {
          path: join(root, path),
          mode: entry.mode,
          content: { size: entry.size, id: entry.id, chunked: entry.chunked },
        };
}

function wrongNotes(wrong: readonly string[]): string[] {
  if (wrong.length === 0) return [];
  const shown = wrong.slice(0, SHOWN).map(displayName).join(', ');
  const rest = wrong.length > SHOWN ? ` and ${String(wrong.length - SHOWN)} more` : '';
  return [`Not as restored when read back (changed by something else?): ${shown}${rest}`];
}
