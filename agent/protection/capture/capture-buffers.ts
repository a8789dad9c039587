import { BLOCK_TARGET_BYTES, headLength } from '../../repository/packs/block';
import { CHUNK_MAX_BYTES } from '../../repository/chunker';
import { Arena } from './arena';

/** No block holds more blobs than this, so that room for its head can be kept. */
const BLOBS_A_BLOCK = 4096;

/**
 * The large buffers of a capturing thread, made once and used by all of its tasks: memory
 * allocated for each block would wait for the collector by the hundred.
 */
export interface CaptureBuffers {
  /** Files are read into one while the blobs in the other are asked about. */
  readonly arenas: readonly [Arena, Arena];
  /** A compressed block on its way to the main thread, which sees the same memory. */
  readonly outbox: Buffer;
  /** A part of a large file, to be cut into chunks. */
  readonly window: Buffer;
}

/** Untouched pages of them take no memory. */
export function captureBuffers(): CaptureBuffers {
  // One byte more than a whole chunk, so that a file that has grown shows.
  const arena = (): Arena => new Arena(BLOCK_TARGET_BYTES + 1, BLOBS_A_BLOCK);
  return {
    arenas: [arena(), arena()],
    outbox: Buffer.from(new SharedArrayBuffer(BLOCK_TARGET_BYTES + headLength(BLOBS_A_BLOCK) + 1)),
    window: Buffer.allocUnsafeSlow(2 * CHUNK_MAX_BYTES),
  };
}
