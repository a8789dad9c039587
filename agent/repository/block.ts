import { BulwarkError } from '../support/errors';
import { ID_BYTES, toBlobId, type BlobId } from './blob-id';

/**
 * A block: many blobs in one payload, so that small files compress together.
 *
 * `count u32`, then for each blob `id (32 bytes) length u32`, then the blobs
 * one after the other. Little endian. A block names its own blobs, so that a
 * pack can be read without its index.
 */
export const BLOCK_TARGET_BYTES = 1024 * 1024;

/** Where the table of a block begins, and the length of one entry, bytes. */
export const BLOCK_TABLE_START = 4;
export const BLOCK_ENTRY_BYTES = ID_BYTES + 4;

/** Where a blob lies in a block's plain bytes. */
export interface BlobInBlock {
  readonly id: BlobId;
  readonly offset: number;
  readonly length: number;
}

/** Builds the plain bytes of a block from blobs and their binary ids. */
export function buildBlock(blobs: readonly { id: Uint8Array; bytes: Uint8Array }[]): Buffer {
  let size = BLOCK_TABLE_START + blobs.length * BLOCK_ENTRY_BYTES;
  for (const blob of blobs) size += blob.bytes.length;
  const block = Buffer.allocUnsafe(size);
  block.writeUInt32LE(blobs.length, 0);
  let head = BLOCK_TABLE_START;
  let at = BLOCK_TABLE_START + blobs.length * BLOCK_ENTRY_BYTES;
  for (const { id, bytes } of blobs) {
    block.set(id, head);
    block.writeUInt32LE(bytes.length, head + ID_BYTES);
    head += BLOCK_ENTRY_BYTES;
    block.set(bytes, at);
    at += bytes.length;
  }
  return block;
}

/**
 * What a block holds.
 * @throws BulwarkError `pack-damaged` when its table does not fit its length
 */
export function listBlock(block: Buffer): BlobInBlock[] {
  if (block.length < 4) throw new BulwarkError('pack-damaged', 'a block is too short');
  const count = block.readUInt32LE(0);
  let at = BLOCK_TABLE_START + count * BLOCK_ENTRY_BYTES;
  if (at > block.length) throw new BulwarkError('pack-damaged', 'a block has a broken table');
  const blobs: BlobInBlock[] = [];
  for (let i = 0; i < count; i++) {
    const head = BLOCK_TABLE_START + i * BLOCK_ENTRY_BYTES;
    const length = block.readUInt32LE(head + ID_BYTES);
    blobs.push({ id: toBlobId(block, head), offset: at, length });
    at += length;
  }
  if (at !== block.length)
    throw new BulwarkError('pack-damaged', 'a block has another length than its table says');
  return blobs;
}
