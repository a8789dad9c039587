import { BLOCK_TARGET_BYTES } from '../../repository/block';
import { CHUNK_MAX_BYTES } from '../../repository/chunker';

/**
 * The large buffers of a capturing thread, made once and used by all of its tasks: memory
 * allocated for each block would wait for the collector by the hundred.
 */
export interface CaptureBuffers {
  /** Files are read into one while the blobs in the other are asked about. */
  readonly arenas: readonly [Buffer, Buffer];
  /** The block that is compressed. */
  readonly block: Buffer;
  /** A compressed block on its way to the main thread, which sees the same memory. */
  readonly outbox: Buffer;
  /** A part of a large file, to be cut into chunks. */
  readonly window: Buffer;
}

/** Room for the tables of blocks of many small files; a longer block gets memory of its own. */
const TABLE_ROOM_BYTES = 256 * 1024;

/** Untouched pages of them take no memory. */
export function captureBuffers(): CaptureBuffers {
  // One byte more than a whole chunk, so that a file that has grown shows.
  const arena = (): Buffer => Buffer.allocUnsafeSlow(BLOCK_TARGET_BYTES + 1);
  return {
    arenas: [arena(), arena()],
    block: Buffer.allocUnsafeSlow(BLOCK_TARGET_BYTES + TABLE_ROOM_BYTES),
    outbox: Buffer.from(new SharedArrayBuffer(BLOCK_TARGET_BYTES + TABLE_ROOM_BYTES)),
    window: Buffer.allocUnsafeSlow(2 * CHUNK_MAX_BYTES),
  };
}
