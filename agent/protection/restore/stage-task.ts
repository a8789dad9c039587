import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { ID_BYTES, toBlobId, type BlobId, hashBytes } from '../../repository/blob-id';
import { Codecs } from '../../repository/packs/codec';
import { openFrame, parseFrameHeader } from '../../repository/packs/frame';
import { isBadPack } from '../../repository/copies/pack-backup';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { displayName, toFsPath } from '../../support/names';
import { releaser } from '../../support/release-memory';
import {
  handleTask,
  type TaskCaller,
  type TaskHandler,
  type TaskType,
} from '../../support/worker-pool';
import { fileTime } from './file-time';

/** A pack that a worker reads by itself. */
export interface PackAccess {
  readonly path: string;
  readonly key: Uint8Array;
}

/** A file to be written. */
export interface StagedFile {
  /** Absolute. */
  readonly path: string;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** Blobs of one frame and the files that are made of each. */
export interface FrameWork {
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
  readonly blobs: readonly {
    readonly id: BlobId;
    readonly offset: number;
    readonly length: number;
    readonly files: readonly StagedFile[];
  }[];
}

/** A file of many chunks, in their order. */
export interface ChunkedWork {
  readonly file: StagedFile;
  readonly chunks: readonly {
    readonly id: BlobId;
    readonly pack: number;
    readonly frameOffset: number;
    readonly frameLength: number;
    readonly offset: number;
    readonly length: number;
  }[];
}

export interface StageBatch {
  readonly empty: readonly StagedFile[];
  readonly frames: readonly FrameWork[];
  readonly chunked: readonly ChunkedWork[];
}

/** What a worker has written since it last asked. */
export interface StageDone {
  readonly kind: 'done';
  readonly files: number;
  readonly bytes: number;
}

/** A pack, by its number, that a worker cannot read. */
export interface StageBadPack {
  readonly kind: 'bad-pack';
  readonly pack: number;
}

/** The next batch; nothing more to do; or a pack was mended. */
export type StageAnswer = StageBatch | 'mended' | null;

/** Writes files from packs; asks for the next batch until there is none. */
export const STAGE_TASK: TaskType<
  readonly PackAccess[],
  StageDone | StageBadPack,
  StageAnswer,
  null
> = {
  name: 'restore-stage',
};

const CACHED_FRAMES = 2;

class PackFrames {
  readonly #packs: readonly PackAccess[];
  readonly #codecs = new Codecs();
  readonly #files = new Map<number, number>();
  readonly #recent = new Map<string, Buffer>();

  constructor(packs: readonly PackAccess[]) {
    this.#packs = packs;
  }

  /** The plain bytes of a frame. */
  read(pack: number, offset: number, length: number): Buffer {
    const key = `${String(pack)}:${String(offset)}`;
    const cached = this.#recent.get(key);
    if (cached !== undefined) return cached;
    const access = this.#packs[pack];
    if (access === undefined) throw new BulwarkError('internal', 'a batch names an unknown pack');
    const bytes = this.#bytes(pack, access, offset, length);
    const header = parseFrameHeader(bytes);
    if (header === null)
      throw new BulwarkError('pack-damaged', `${access.path}: no frame at ${String(offset)}`);
    const payload = openFrame(access.key, header, bytes);
    const plain = this.#codecs.decode(header.codec, payload, header.plainLength);
    this.#recent.set(key, plain);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= CACHED_FRAMES) break;
      this.#recent.delete(oldest);
    }
    return plain;
  }

  /** Reads a pack anew, because its file was replaced. */
  forget(pack: number): void {
    const file = this.#files.get(pack);
    if (file !== undefined) closeSync(file);
    this.#files.delete(pack);
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #bytes(pack: number, access: PackAccess, offset: number, length: number): Buffer {
    let file = this.#files.get(pack);
    if (file === undefined) {
      try {
        file = openSync(access.path, 'r');
      } catch (error) {
        throw fileError(error, access.path);
      }
      this.#files.set(pack, file);
    }
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const got = readSync(file, bytes, filled, length - filled, offset + filled);
      if (got === 0) break;
      filled += got;
    }
    return bytes.subarray(0, filled);
  }
}

type StageCaller = TaskCaller<StageDone | StageBadPack, StageAnswer>;

const stage = handleTask(STAGE_TASK, async (packs, caller) => {
  const frames = new PackFrames(packs);
  const release = releaser('major');
  try {
    let done: StageDone = { kind: 'done', files: 0, bytes: 0 };
    for (;;) {
      const batch = await caller.ask(done);
      if (batch === null || batch === 'mended') return null;
      done = await writeBatch(frames, batch, caller);
      release();
    }
  } finally {
    frames.close();
  }
});

async function writeBatch(
  frames: PackFrames,
  batch: StageBatch,
  caller: StageCaller,
): Promise<StageDone> {
  let files = 0;
  let bytes = 0;
  for (const file of batch.empty) {
    writeFile(file, []);
    files += 1;
  }
  for (const frame of batch.frames) {
    const { pack, offset, length, blobs } = frame;
    const plain = await readMending(frames, [pack], caller, () =>
      frames.read(pack, offset, length),
    );
    for (const blob of blobs) {
      const content = checked(plain.subarray(blob.offset, blob.offset + blob.length), blob.id);
      for (const file of blob.files) {
        writeFile(file, [content]);
        files += 1;
        bytes += content.length;
      }
    }
  }
  for (const { file, chunks } of batch.chunked) {
    const pieces = function* (): Generator<Buffer> {
      for (const chunk of chunks) {
        const plain = frames.read(chunk.pack, chunk.frameOffset, chunk.frameLength);
        const piece = checked(plain.subarray(chunk.offset, chunk.offset + chunk.length), chunk.id);
        bytes += piece.length;
        yield piece;
      }
    };
    const before = bytes;
    const packs = [...new Set(chunks.map(({ pack }) => pack))];
    await readMending(frames, packs, caller, () => {
      bytes = before;
      writeFile(file, pieces());
    });
    files += 1;
  }
  return { kind: 'done', files, bytes };
}

/**
 * Reads, and once more after the packs were mended if they could not be read.
 * @param packs numbers of those that `read` reads from
 */
async function readMending<T>(
  frames: PackFrames,
  packs: readonly number[],
  caller: StageCaller,
  read: () => T,
): Promise<T> {
  try {
    return read();
  } catch (error) {
    if (!isBadPack(error)) throw error;
    let mended = false;
    for (const pack of packs) {
      if ((await caller.ask({ kind: 'bad-pack', pack })) !== 'mended') continue;
      frames.forget(pack);
      mended = true;
    }
    if (!mended) throw error;
    return read();
  }
}

function checked(bytes: Buffer, id: BlobId): Buffer {
  if (toBlobId(hashBytes(bytes)) !== id)
    throw new BulwarkError('pack-damaged', `blob ${id} has other bytes than its id says`, {
      details: { id },
    });
  return bytes;
}

function writeFile(file: StagedFile, pieces: Iterable<Buffer>): void {
  try {
    // Written with the right to write, whatever the file's own bits say.
    const handle = openSync(toFsPath(file.path), 'wx', file.mode | 0o600);
    try {
      for (const piece of pieces) writeAll(handle, piece);
      // What open makes of the mode depends on the process's umask.
      fchmodSync(handle, file.mode);
      futimesSync(handle, fileTime(file.mtime), fileTime(file.mtime));
    } catch (error) {
      // It may be written once more when what could not be read was mended.
      unlinkSync(toFsPath(file.path));
      throw error;
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (errnoOf(error) === 'EEXIST')
      throw new BulwarkError(
        'restore-refused',
        `this disk takes two names of the snapshot for one: ${displayName(file.path)}`,
        {
          hint: 'Restore to a disk that tells upper and lower case apart, or restore single files.',
        },
      );
    throw fileError(error, file.path);
  }
}

function writeAll(handle: number, bytes: Buffer): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(handle, bytes, at, bytes.length - at);
}

/** A file to be read and compared with what it should hold. */
export interface CheckedFile {
  readonly path: string;
  /** Permission bits, or null where they do not matter. */
  readonly mode: number | null;
  readonly chunks: readonly { readonly id: BlobId; readonly length: number }[];
}

/** How many files were read since the worker last asked, and which are not as they should be. */
export interface CheckDone {
  readonly files: number;
  readonly wrong: readonly string[];
}

/** Reads files back; asks for the next batch until there is none. */
export const CHECK_TASK: TaskType<null, CheckDone, readonly CheckedFile[] | null, null> = {
  name: 'restore-check',
};

const check: TaskHandler<null, CheckDone, readonly CheckedFile[] | null, null> = handleTask(
  CHECK_TASK,
  async (_, caller) => {
    const scratch = Buffer.allocUnsafe(1024 * 1024 + 1);
    let done: CheckDone = { files: 0, wrong: [] };
    for (;;) {
      const batch = await caller.ask(done);
      if (batch === null) return null;
      const wrong = batch.filter((file) => !holds(file, scratch)).map(({ path }) => path);
      done = { files: batch.length, wrong };
    }
  },
);

/** A link in the place of a file is not the file; a pipe there must not be waited for. */
const NO_FOLLOW =
  process.platform === 'win32'
    ? constants.O_RDONLY
    : constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Windows keeps only whether a file may be written. */
const BITS = process.platform === 'win32' ? 0 : 0o777;

/** Whether a file holds exactly these chunks. What cannot be read does not. */
function holds(file: CheckedFile, scratch: Buffer): boolean {
  let handle: number;
  try {
    handle = openSync(toFsPath(file.path), NO_FOLLOW);
  } catch {
    return false;
  }
  try {
    if (file.mode !== null && ((fstatSync(handle).mode ^ file.mode) & BITS) !== 0) return false;
    for (const { id, length } of file.chunks) {
      const buffer = length < scratch.length ? scratch : Buffer.allocUnsafe(length);
      if (readFully(handle, buffer, length) !== length) return false;
      if (toBlobId(hashBytes(buffer.subarray(0, length))) !== id) return false;
    }
    return readSync(handle, scratch, 0, 1, null) === 0;
  } catch {
    return false;
  } finally {
    closeSync(handle);
  }
}

function readFully(handle: number, buffer: Buffer, length: number): number {
  let filled = 0;
  while (filled < length) {
    const got = readSync(handle, buffer, filled, length - filled, null);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** The chunk ids that a chunked file's blob lists. */
export function chunkIds(list: Buffer): BlobId[] {
  const ids: BlobId[] = [];
  for (let at = 0; at + ID_BYTES <= list.length; at += ID_BYTES) ids.push(toBlobId(list, at));
  return ids;
}

/** What a worker thread must be able to do for restores. */
export const restoreTasks = [stage, check] as const;
