import { chmodSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobId } from '../../repository/blob-id';
import type { Location } from '../../repository/catalog/location';
import type { Repository } from '../../repository/repository';
import type { FileEntry } from '../../repository/tree';
import { BulwarkError, errnoOf, fileError, throwIfAborted } from '../../support/errors';
import { displayName, encodeName, toFsPath } from '../../support/names';
import type { WorkerPool } from '../../support/worker-pool';
import { fileTime, toSeconds } from './file-time';
import type { StageItem } from './planner';
import {
  chunkIds,
  STAGE_TASK,
  type ChunkedWork,
  type FrameWork,
  type PackAccess,
  type StageBatch,
  type StagedFile,
} from './stage-task';

export type Report = (progress: {
  readonly phase: 'planning' | 'saving' | 'staging' | 'applying' | 'verifying';
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'files' | 'bytes';
}) => void;

export interface StageContext {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly signal: AbortSignal | undefined;
  readonly report: Report;
  /** Somebody waits for it: its threads go before all others. */
  readonly ahead?: boolean;
}

/** What could not be staged, by path, and why; only links on systems that forbid them. */
export interface Staged {
  readonly missing: ReadonlySet<string>;
  readonly notes: readonly string[];
}

const BATCH_BYTES = 8 * 1024 * 1024;
const BATCH_FILES = 1000;
/** So often a long run of quick calls lets others of the agent run. */
const BURST = 256;

/** Lets everything else of the agent have a turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Makes all new entries of a restore below `<staging>/new`, each blob checked
 * against its id; files have their final bits and times.
 * @throws BulwarkError `disk-full`, `blob-missing`, `pack-damaged`, `cancelled`
 */
export async function stageItems(
  areas: readonly { readonly staging: string; readonly items: readonly StageItem[] }[],
  context: StageContext,
): Promise<Staged> {
  const missing = new Set<string>();
  const notes: string[] = [];
  const files: FileItem[] = [];
  let made = 0;
  for (const { staging, items } of areas) {
    for (const item of items) {
      if (item.text !== undefined) {
        const at = toFsPath(stagedPath(staging, item));
        writeFileSync(at, encodeName(item.text), { mode: 0o644, flag: 'wx' });
        continue;
      }
      if (item.entry.kind === 'file') {
        files.push({ staging, item, entry: item.entry });
        continue;
      }
      if (++made % BURST === 0) await breathe();
      throwIfAborted(context.signal);
      const at = stagedPath(staging, item);
      if (item.entry.kind === 'folder') makeFolder(at);
      else if (!makeLink(at, item.entry.target, toSeconds(item.mtime))) {
        missing.add(item.path);
        notes.push(
          `${displayName(item.path)} is a link, which this system does not let Bulwark make.`,
        );
      }
    }
  }
  await writeFiles(files, context);
  for (const { staging, items } of areas) await finishFolders(staging, items);
  return { missing, notes };
}

/** Where an entry lies while it is staged. */
export function stagedPath(staging: string, item: { number: number; below: string }): string {
  const unit = join(staging, 'new', String(item.number));
  return item.below === '' ? unit : `${unit}/${item.below}`;
}

/** A file to be staged; what a thread needs for it is made only when it is handed over. */
interface FileItem {
  readonly staging: string;
  readonly item: StageItem;
  readonly entry: FileEntry;
}

function stagedFile({ staging, item, entry }: FileItem): StagedFile {
  return { path: stagedPath(staging, item), mode: entry.mode, mtime: toSeconds(item.mtime) };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(toFsPath(path), 0o700);
  } catch (error) {
    throw fileError(error, path);
  }
}

function makeLink(path: string, target: string, mtime: number): boolean {
  try {
    symlinkSync(toFsPath(target), toFsPath(path));
    lutimesSync(toFsPath(path), fileTime(mtime), fileTime(mtime));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EPERM' || errnoOf(error) === 'ENOTSUP') return false;
    throw fileError(error, path);
  }
}

/** Bits and times of the folders inside staged folders, the deepest first. */
async function finishFolders(staging: string, items: readonly StageItem[]): Promise<void> {
  let done = 0;
  for (const item of [...items].reverse()) {
    if (item.entry.kind !== 'folder' || item.below === '') continue;
    const path = toFsPath(stagedPath(staging, item));
    const mtime = fileTime(toSeconds(item.mtime));
    utimesSync(path, mtime, mtime);
    chmodSync(path, item.entry.mode);
    if (++done % BURST === 0) await breathe();
  }
}

async function writeFiles(
  files: readonly FileItem[],
  { repository, pool, signal, report, ahead }: StageContext,
): Promise<void> {
  const work = new StageWork(repository);
  for (const file of files) await work.add(file);
  const batches = work.batches();
  const total = work.bytes;
  let done = 0;
  let failed = false;
  report({ phase: 'staging', done, total, unit: 'bytes' });
  const run = async (): Promise<void> => {
    try {
      await pool.run(STAGE_TASK, work.packs, {
        signal,
        ahead,
        answer: async (question) => {
          if (question.kind === 'bad-pack')
            return (await work.mend(question.pack)) ? 'mended' : null;
          done += question.bytes;
          report({ phase: 'staging', done, total, unit: 'bytes' });
          return failed ? null : (batches.next().value ?? null);
        },
      });
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const threads = total < BATCH_BYTES && files.length < BATCH_FILES ? 1 : pool.size;
  const runs = await Promise.allSettled(Array.from({ length: threads }, run));
  for (const end of runs) if (end.status === 'rejected') throw end.reason;
}

/** A file whose bytes lie together in one frame. */
interface WholeFile {
  readonly file: FileItem;
  readonly pack: number;
  readonly location: Location;
}

/** Sorts the files by where their bytes lie, so that each frame is read once. */
class StageWork {
  readonly packs: PackAccess[] = [];
  readonly #repository: Repository;
  readonly #numbers = new Map<string, number>();
  readonly #whole: WholeFile[] = [];
  readonly #empty: FileItem[] = [];
  readonly #chunked: ChunkedWork[] = [];
  bytes = 0;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Has a pack that a thread cannot read replaced by a copy. @returns whether it can be read now */
  async mend(number: number): Promise<boolean> {
    const pack = [...this.#numbers].find(([, known]) => known === number)?.[0];
    return pack !== undefined && this.#repository.mendPack(pack);
  }

  async add(file: FileItem): Promise<void> {
    const { entry } = file;
    this.bytes += entry.size;
    if (entry.id === null) this.#empty.push(file);
    else if (entry.chunked) this.#chunked.push(await this.#chunkedWork(file, entry.id));
    else {
      const location = this.#locate(entry.id);
      this.#whole.push({ file, pack: this.#packNumber(location.pack), location });
    }
  }

  /** All work in pieces of a few megabytes. */
  *batches(): Generator<StageBatch, undefined> {
    for (let i = 0; i < this.#empty.length; i += BATCH_FILES)
      yield {
        empty: this.#empty.slice(i, i + BATCH_FILES).map(stagedFile),
        frames: [],
        chunked: [],
      };
    for (const work of this.#chunked) yield { empty: [], frames: [], chunked: [work] };
    let batch: FrameWork[] = [];
    let bytes = 0;
    for (const frame of this.#frames()) {
      batch.push(frame);
      for (const blob of frame.blobs) bytes += blob.length * blob.files.length;
      if (bytes < BATCH_BYTES) continue;
      yield { empty: [], frames: batch, chunked: [] };
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) yield { empty: [], frames: batch, chunked: [] };
    return undefined;
  }

  /** The frames in the order of the packs, each with the files that are made of it. */
  *#frames(): Generator<FrameWork> {
    this.#whole.sort(
      (a, b) =>
        a.pack - b.pack ||
        a.location.frameOffset - b.location.frameOffset ||
        a.location.offset - b.location.offset,
    );
    for (let at = 0; at < this.#whole.length;) {
      const first = this.#whole[at];
      if (first === undefined) return;
      const { frameOffset, frameLength } = first.location;
      const blobs: { id: BlobId; offset: number; length: number; files: StagedFile[] }[] = [];
      for (; at < this.#whole.length; at++) {
        const next = this.#whole[at];
        if (next?.pack !== first.pack || next.location.frameOffset !== frameOffset) break;
        const { offset, length } = next.location;
        const id = next.file.entry.id;
        const last = blobs.at(-1);
        if (id !== null && last?.id === id) last.files.push(stagedFile(next.file));
        else if (id !== null) blobs.push({ id, offset, length, files: [stagedFile(next.file)] });
      }
      yield { pack: first.pack, offset: frameOffset, length: frameLength, blobs };
    }
  }

  async #chunkedWork(file: FileItem, list: BlobId): Promise<ChunkedWork> {
    const chunks = await chunksOf(this.#repository, list);
    return {
      file: stagedFile(file),
      chunks: chunks.map(({ id, location }) => ({
        id,
        pack: this.#packNumber(location.pack),
        frameOffset: location.frameOffset,
        frameLength: location.frameLength,
        offset: location.offset,
        length: location.length,
      })),
    };
  }

  #locate(id: BlobId): Location {
    const location = this.#repository.catalog.locate(id);
    if (location === null) throw missingBlob(id);
    return location;
  }

  #packNumber(pack: string): number {
    let number = this.#numbers.get(pack);
    if (number === undefined) {
      number = this.packs.length;
      this.#numbers.set(pack, number);
      this.packs.push(this.#repository.packAccess(pack));
    }
    return number;
  }
}

/**
 * The chunks of a chunked file and where they lie.
 * @throws BulwarkError `blob-missing`
 */
export async function chunksOf(
  repository: Repository,
  list: BlobId,
): Promise<{ readonly id: BlobId; readonly location: Location }[]> {
  return chunkIds(await repository.read(list)).map((id) => {
    const location = repository.catalog.locate(id);
    if (location === null) throw missingBlob(id);
    return { id, location };
  });
}

function missingBlob(id: string): BulwarkError {
  return new BulwarkError('blob-missing', `the store has no blob ${id}`, {
    details: { id },
    hint: 'Run "bulwark verify" to see what is damaged.',
  });
}
