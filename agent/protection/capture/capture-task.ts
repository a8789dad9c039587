import {
  BLOCK_TARGET_BYTES,
  buildBlock,
  listBlock,
  type BlobInBlock,
} from '../../repository/block';
import { Codecs, type CodecName } from '../../repository/codec';
import { handleTask, type TaskCaller, type TaskType } from '../../support/worker-pool';
import { CaptureRules, rulesVersion, type RootFilter } from './capture-rules';
import { FileReader, type BlobSink } from './file-reader';
import { listFolder, type FoundFolder, type ListedFolder } from './folder-listing';
import { decodeMemory, encodeMemory, type RememberedEntry } from './folder-memory';

/** Folders of one root to be captured in a worker thread. */
export interface CapturePayload {
  readonly root: string;
  readonly filter: RootFilter;
  readonly codec: CodecName;
  readonly folders: readonly {
    readonly path: string;
    /** What is remembered of it, or null. */
    readonly memory: Uint8Array | null;
  }[];
}

/** What a capturing thread asks. */
export type CaptureQuestion =
  /** Subfolders that were found, before files are read, so that others can go on with them. */
  | { readonly kind: 'found'; readonly folders: readonly FoundFolder[] }
  /** Which of these blobs (binary ids) are new? */
  | { readonly kind: 'claim'; readonly ids: Uint8Array; readonly bytes: number }
  /** Here are the new ones. */
  | {
      readonly kind: 'block';
      readonly codec: number;
      readonly plainLength: number;
      readonly payload: Uint8Array;
      readonly blobs: readonly BlobInBlock[];
      readonly newBytes: number;
    };

/** One byte an id for `claim`, nothing for the others. */
export type CaptureAnswer = Uint8Array | null;

/** What became of a folder. */
export type CapturedFolder = { readonly path: string } & (
  | { readonly kind: 'gone' }
  | { readonly kind: 'nested' }
  | {
      readonly kind: 'excluded';
      readonly reason: 'regenerable' | 'unreadable';
      readonly rule: string;
    }
  /** Its own entries are as remembered. */
  | { readonly kind: 'same' }
  /** Its entries; subfolders stand without their trees. */
  | { readonly kind: 'changed'; readonly memory: Uint8Array }
);

type CaptureCaller = TaskCaller<CaptureQuestion, CaptureAnswer>;
type CaptureRun = (
  payload: CapturePayload,
  caller: CaptureCaller,
) => Promise<readonly CapturedFolder[]>;

export const captureTask: TaskType<
  CapturePayload,
  CaptureQuestion,
  CaptureAnswer,
  readonly CapturedFolder[]
> = { name: 'capture' };

/** Lists folders, reads what changed in them, and hands in what is new, compressed. */
export const captureHandler = handleTask(captureTask, capturing());

/** A thread runs one task at a time, so what its tasks need much memory for is made once. */
function capturing(): CaptureRun {
  const codecs = new Codecs();
  let arena: Buffer | null = null;
  return (payload, caller) => {
    arena ??= Buffer.allocUnsafeSlow(BLOCK_TARGET_BYTES + 1);
    return capture(payload, caller, new BlockSink({ codec: payload.codec, codecs, caller, arena }));
  };
}

async function capture(
  payload: CapturePayload,
  caller: CaptureCaller,
  sink: BlockSink,
): Promise<CapturedFolder[]> {
  const rules = new CaptureRules(payload.filter);
  const version = rulesVersion(payload.filter);
  const listed: { path: string; listing: ListedFolder }[] = [];
  const found: FoundFolder[] = [];
  for (const { path, memory } of payload.folders) {
    const remembered = memory === null ? null : decodeMemory(memory);
    const listing = listFolder({ root: payload.root, path, rules, version, remembered });
    listed.push({ path, listing });
    if (listing.kind === 'same' || listing.kind === 'changed') found.push(...listing.folders);
  }
  if (found.length > 0) await caller.ask({ kind: 'found', folders: found });

  const reader = new FileReader(sink);
  const results: CapturedFolder[] = [];
  for (const { path, listing } of listed) {
    if (listing.kind !== 'changed') {
      results.push(plainResult(path, listing));
      continue;
    }
    const entries: RememberedEntry[] = [];
    for (const item of listing.items) {
      const entry = item.kind === 'known' ? item.remembered : await reader.read(item);
      if (entry !== null) entries.push(entry);
    }
    const memory = encodeMemory({ rules: version, ids: null, entries });
    results.push({ path, kind: 'changed', memory });
  }
  await sink.flush();
  return results;
}

function plainResult(
  path: string,
  listing: Exclude<ListedFolder, { kind: 'changed' }>,
): CapturedFolder {
  if (listing.kind === 'excluded')
    return { path, kind: 'excluded', reason: listing.reason, rule: listing.rule };
  return { path, kind: listing.kind };
}

/** Gathers blobs until they fill a block, then claims, compresses and hands in the new ones. */
class BlockSink implements BlobSink {
  readonly #codec: CodecName;
  readonly #codecs: Codecs;
  readonly #caller: CaptureCaller;
  /** One for all blobs: memory allocated for each would wait for the collector by the hundred. */
  readonly #arena: Buffer;
  #room: Buffer;
  #blobs: { readonly id: Buffer; readonly bytes: Buffer }[] = [];
  #bytes = 0;

  constructor(options: { codec: CodecName; codecs: Codecs; caller: CaptureCaller; arena: Buffer }) {
    this.#codec = options.codec;
    this.#codecs = options.codecs;
    this.#caller = options.caller;
    this.#arena = options.arena;
    this.#room = options.arena;
  }

  async room(bytes: number): Promise<Buffer> {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#arena.length) await this.flush();
    this.#room =
      bytes > this.#arena.length
        ? Buffer.allocUnsafe(bytes)
        : this.#arena.subarray(this.#bytes, this.#bytes + bytes);
    return this.#room;
  }

  take(id: Buffer, length: number): void {
    this.#blobs.push({ id, bytes: this.#room.subarray(0, length) });
    this.#bytes += length;
  }

  async flush(): Promise<void> {
    const blobs = this.#blobs;
    const bytes = this.#bytes;
    this.#blobs = [];
    this.#bytes = 0;
    if (blobs.length === 0) return;
    const ids = Buffer.concat(blobs.map(({ id }) => id));
    const wanted = await this.#caller.ask({ kind: 'claim', ids, bytes });
    const fresh = blobs.filter((_, index) => wanted?.[index] === 1);
    if (fresh.length === 0) return;
    const plain = buildBlock(fresh);
    const { codec, payload } = this.#codecs.encode(this.#codec, plain);
    const own = new Uint8Array(payload);
    await this.#caller.ask(
      {
        kind: 'block',
        codec,
        plainLength: plain.length,
        payload: own,
        blobs: listBlock(plain),
        newBytes: fresh.reduce((sum, blob) => sum + blob.bytes.length, 0),
      },
      [own.buffer],
    );
  }
}
