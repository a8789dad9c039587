import { ByteReader, ByteWriter } from '../../support/bytes';
import { BulwarkError } from '../../support/errors';
import { ID_BYTES } from '../blob-id';
import { buildTable, countOf, listTable } from './block';
import { FRAME_TYPES, type FrameType } from './frame';

/** A frame's place in its pack and what it holds. */
export interface IndexedFrame {
  readonly type: Exclude<FrameType, 'index' | 'keys'>;
  readonly offset: number;
  /** Whole frame on disk, bytes. */
  readonly length: number;
  /** The table of a block; empty for a record. */
  readonly table: Buffer;
}

/**
 * The payload of a pack's index frame: `count u32`, then for each frame
 * `type u8, offset u32, length u32, blobs u32`, then for each blob
 * `id (32), offset u32, length u32`.
 */
export function encodePackIndex(frames: readonly IndexedFrame[]): Buffer {
  const out = new ByteWriter(1024);
  out.u32(frames.length);
  for (const frame of frames) {
    out.u8(FRAME_TYPES[frame.type]);
    out.u32(frame.offset);
    out.u32(frame.length);
    out.u32(countOf(frame.table));
    for (const blob of listTable(frame.table)) {
      out.raw(blob.id);
      out.u32(blob.offset);
      out.u32(blob.length);
    }
  }
  return out.take();
}

/** @throws BulwarkError `pack-damaged` when it is no index */
export function decodePackIndex(bytes: Buffer): IndexedFrame[] {
  try {
    const input = new ByteReader(bytes);
    const frames: IndexedFrame[] = [];
    const count = input.u32();
    for (let i = 0; i < count; i++) {
      const type = input.u8() === FRAME_TYPES.block ? 'block' : 'record';
      const offset = input.u32();
      const length = input.u32();
      const blobs: { id: Buffer; offset: number; length: number }[] = [];
      const blobCount = input.u32();
      for (let j = 0; j < blobCount; j++)
        blobs.push({ id: input.raw(ID_BYTES), offset: input.u32(), length: input.u32() });
      const table = buildTable(blobs);
      // In a block the blobs follow one another, so their lengths tell their offsets.
      if (listTable(table).some((blob, j) => blob.offset !== blobs[j]?.offset))
        throw new RangeError('blobs that do not follow one another');
      frames.push({ type, offset, length, table });
    }
    return frames;
  } catch (error) {
    throw new BulwarkError('pack-damaged', "a pack's index cannot be read", { cause: error });
  }
}
