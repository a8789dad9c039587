import { Codecs } from '../packs/codec';
import { hashBytes, toBlobId } from '../blob-id';
import { buildBlock, listTable, tableOf } from '../packs/block';
import { commitFromOf, unfinishedFrom, type SeenFrame } from '../packs/commit-group';
import { DiskFile } from '../packs/disk-file';
import {
  FRAME_HEADER_BYTES,
  frameLength,
  openFrame,
  parseFrameHeader,
  type FrameType,
} from '../packs/frame';
import { PACK_HEADER_BYTES } from '../packs/pack-header';
import { PACK_TRAILER_BYTES, PACK_TRAILER_MAGIC } from '../packs/pack-writer';
import type { Repository } from '../repository';
import { BulwarkError } from '../../support/errors';

/** What was copied out of a pack. */
export interface CopiedOut {
  readonly blobs: number;
  readonly records: number;
  /** Whether every frame could be read but for a torn tail, which a crash leaves. */
  readonly whole: boolean;
}

/**
 * Copies whatever is whole in a pack, and is found nowhere else, to the open pack; it is durable
 * after the next commit. Records of any type go over as they are.
 * @param needed whether a blob is to be kept; one that lies in another pack is not
 * @param counts whether a record is to be kept, by its plain bytes
 * @throws BulwarkError what writing throws; a file system error when the pack cannot be opened
 */
export async function copyOut(
  repository: Repository,
  packId: string,
  needed: (binaryId: Buffer) => boolean,
  counts: (record: Buffer) => boolean = () => true,
): Promise<CopiedOut> {
  const { path, key } = repository.packAccess(packId);
  const file = new DiskFile(path, { direct: false });
  const codecs = new Codecs();
  let blobs = 0;
  const records: { readonly number: number; readonly plain: Buffer }[] = [];
  const seen: SeenFrame[] = [];
  let sealed = false;
  let end = 0;
  let gap = false;
  let whole = true;
  try {
    for (let at = PACK_HEADER_BYTES; at < file.size;) {
      const frame = readFrame(file, key, codecs, at);
      if (frame === null) {
        gap ||= !isEnd(file, at);
        at = nextMagic(file, at + 1);
        continue;
      }
      whole &&= !gap;
      at += frame.length;
      end = at;
      sealed ||= frame.type === 'index';
      const { number, plain } = frame;
      const isRecord = frame.type === 'record';
      seen.push({ number, commitFrom: isRecord ? commitFromOf(plain) : null });
      if (isRecord) records.push({ number, plain });
      else if (frame.type === 'block') blobs += await copyBlock(repository, frame, needed, codecs);
    }
  } finally {
    file.close();
  }
  // What never came to its end in the pack must not count in another one.
  const isOpen = !sealed && end > (repository.catalog.pack(packId)?.length ?? 0);
  const finished = (isOpen ? unfinishedFrom(seen) : null) ?? Infinity;
  const kept = records.filter(({ number, plain }) => number < finished && counts(plain));
  for (const { plain } of kept) await repository.adoptRecord(plain);
  return { blobs, records: kept.length, whole };
}

interface WholeFrame {
  readonly type: FrameType;
  readonly length: number;
  readonly number: number;
  readonly codec: number;
  readonly plainLength: number;
  /** As it is kept, compressed. */
  readonly stored: Buffer;
  readonly plain: Buffer;
}

/** The frame at `at`, or null where none verifies. */
function readFrame(file: DiskFile, key: Uint8Array, codecs: Codecs, at: number): WholeFrame | null {
  const header = parseFrameHeader(file.at(at, FRAME_HEADER_BYTES));
  if (header === null) return null;
  const length = frameLength(header);
  const { type, codec, plainLength, number } = header;
  try {
    const stored = openFrame(key, header, file.at(at, length));
    const plain = codecs.decode(codec, stored, plainLength);
    return { type, length, number, codec, plainLength, stored, plain };
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'pack-damaged') return null;
    throw error;
  }
}

async function copyBlock(
  repository: Repository,
  { codec, plainLength, stored, plain }: WholeFrame,
  needed: (binaryId: Buffer) => boolean,
  codecs: Codecs,
): Promise<number> {
  const table = Buffer.from(tableOf(plain));
  const all = listTable(table).map(({ id, offset, length }) => ({
    id,
    bytes: plain.subarray(offset, offset + length),
  }));
  const wanted = all.filter(({ id, bytes }) => needed(id) && hashBytes(bytes).equals(id));
  if (wanted.length === 0) return 0;
  if (wanted.length === all.length)
    await repository.adopt({ codec, plainLength, payload: stored, table });
  else {
    const block = buildBlock(wanted);
    const encoded = codecs.encode(repository.codec, block);
    const own = Buffer.from(tableOf(block));
    await repository.adopt({ plainLength: block.length, table: own, ...encoded });
  }
  return wanted.length;
}

/** Where the next frame may begin; the end of the file where there is none. */
function nextMagic(file: DiskFile, from: number): number {
  for (let at = from; at < file.size;) {
    const bytes = file.at(at, 64 * 1024);
    const found = bytes.indexOf('BWFR');
    if (found !== -1) return at + found;
    if (bytes.length <= 3) break;
    at += bytes.length - 3;
  }
  return file.size;
}

/** Whether only the trailer of a sealed pack is left. */
function isEnd(file: DiskFile, at: number): boolean {
  return file.size - at === PACK_TRAILER_BYTES && file.at(at, 8).equals(PACK_TRAILER_MAGIC);
}

/** For counting blobs only once: whether the catalog has a blob in this pack. */
export function liesIn(repository: Repository, packId: string): (binaryId: Buffer) => boolean {
  return (id) => repository.catalog.find(toBlobId(id))?.pack === packId;
}
