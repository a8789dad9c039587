import { chmodSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobId } from '../../repository/blob-id';
import type { Location } from '../../repository/catalog';
import type { Repository } from '../../repository/repository';
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
  const files: { readonly file: StagedFile; readonly item: StageItem }[] = [];
  let made = 0;
  for (const { staging, items } of areas) {
    for (const item of items) {
      const at = stagedPath(staging, item);
      if (item.text !== undefined) {
        writeFileSync(toFsPath(at), encodeName(item.text), { mode: 0o644, flag: 'wx' });
        continue;
      }
      if (item.entry.kind === 'file') {
        const { mode } = item.entry;
        files.push({ file: { path: at, mode, mtime: toSeconds(item.mtime) }, item });
        continue;
      }
      if (++made % BURST === 0) await breathe();
      throwIfAborted(context.signal);
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
  files: readonly { readonly file: StagedFile; readonly item: StageItem }[],
  { repository, pool, signal, report }: StageContext,
): Promise<void> {
  const work = new StageWork(repository);
  for (const { file, item } of files) await work.add(file, item);
  const batches = work.batches();
  const total = work.bytes;
  let done = 0;
  let failed = false;
  report({ phase: 'staging', done, total, unit: 'bytes' });
  const run = async (): Promise<void> => {
    try {
      await pool.run(STAGE_TASK, work.packs, {
        signal,
        answer: ({ bytes }) => {
          done += bytes;
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

interface OpenFrame {
  readonly location: Location;
  readonly blobs: Map<BlobId, { readonly location: Location; readonly files: StagedFile[] }>;
}

/** Sorts the files by where their bytes lie, so that each frame is read once. */
class StageWork {
  readonly packs: PackAccess[] = [];
  readonly #repository: Repository;
  readonly #numbers = new Map<string, number>();
  readonly #frames = new Map<string, OpenFrame>();
  readonly #empty: StagedFile[] = [];
  readonly #chunked: ChunkedWork[] = [];
  bytes = 0;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  async add(file: StagedFile, { entry }: StageItem): Promise<void> {
    if (entry.kind !== 'file') return;
    this.bytes += entry.size;
    if (entry.id === null) this.#empty.push(file);
    else if (entry.chunked) this.#chunked.push(await this.#chunkedWork(file, entry.id));
    else {
      const location = this.#locate(entry.id);
      const key = `${location.pack}:${String(location.frameOffset)}`;
      let frame = this.#frames.get(key);
      if (frame === undefined) this.#frames.set(key, (frame = { location, blobs: new Map() }));
      const blob = frame.blobs.get(entry.id);
      if (blob === undefined) frame.blobs.set(entry.id, { location, files: [file] });
      else blob.files.push(file);
    }
  }

  /** All work in pieces of a few megabytes. */
  *batches(): Generator<StageBatch, undefined> {
    for (let i = 0; i < this.#empty.length; i += BATCH_FILES)
      yield { empty: this.#empty.slice(i, i + BATCH_FILES), frames: [], chunked: [] };
    for (const work of this.#chunked) yield { empty: [], frames: [], chunked: [work] };
    const frames = [...this.#frames.values()].sort(
      (a, b) =>
        this.#packNumber(a.location.pack) - this.#packNumber(b.location.pack) ||
        a.location.frameOffset - b.location.frameOffset,
    );
    let batch: FrameWork[] = [];
    let bytes = 0;
    for (const frame of frames) {
      const work = this.#frameWork(frame);
      batch.push(work);
      for (const blob of work.blobs) bytes += blob.length * blob.files.length;
      if (bytes < BATCH_BYTES) continue;
      yield { empty: [], frames: batch, chunked: [] };
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) yield { empty: [], frames: batch, chunked: [] };
    return undefined;
  }

  #frameWork({ location, blobs }: OpenFrame): FrameWork {
    return {
      pack: this.#packNumber(location.pack),
      offset: location.frameOffset,
      length: location.frameLength,
      blobs: [...blobs].map(([id, blob]) => ({
        id,
        offset: blob.location.offset,
        length: blob.location.length,
        files: blob.files,
      })),
    };
  }

  async #chunkedWork(file: StagedFile, list: BlobId): Promise<ChunkedWork> {
    const chunks = await chunksOf(this.#repository, list);
    return {
      file,
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
    this.#packNumber(location.pack);
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
