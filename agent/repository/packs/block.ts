import { BulwarkError } from '../../support/errors';
import { ID_BYTES } from '../blob-id';

/**
 * A block: many blobs in one payload, so that small files compress together.
 *
 * `count u32`, then its table: for each blob `id (32 bytes) length u32`, then the
 * blobs one after the other. Little endian. A block names its own blobs, so that a
 * pack can be read without its index.
 */
export const BLOCK_TARGET_BYTES = 1024 * 1024;

/** Where the table of a block begins, and the length of one entry, bytes. */
const TABLE_START = 4;
const ENTRY_BYTES = ID_BYTES + 4;

/** Where a blob lies in a block's plain bytes. */
export interface BlobInBlock {
  /** Binary; a view of the table. */
  readonly id: Buffer;
  readonly offset: number;
  readonly length: number;
}

/** Builds the plain bytes of a block from blobs and their binary ids. */
export function buildBlock(blobs: readonly { id: Uint8Array; bytes: Uint8Array }[]): Buffer {
  const start = headLength(blobs.length);
  const length = blobs.reduce((sum, { bytes }) => sum + bytes.length, start);
  const block = Buffer.allocUnsafe(length);
  let at = start;
  for (const { bytes } of blobs) {
    block.set(bytes, at);
    at += bytes.length;
  }
  return finishBlock(
    block,
    start,
    blobs.map(({ id, bytes }) => ({ id, length: bytes.length })),
  );
}

/**
 * Makes a block of blobs that lie one after the other in `memory`, without moving them: its head
 * is written in front of them.
 * @param start where the first blob begins, at least {@link headLength} bytes from the beginning
 */
export function finishBlock(
  memory: Buffer,
  start: number,
  blobs: readonly { id: Uint8Array; length: number }[],
): Buffer {
  const begin = start - headLength(blobs.length);
  memory.writeUInt32LE(blobs.length, begin);
  let at = begin + TABLE_START;
  let end = start;
  for (const { id, length } of blobs) {
    memory.set(id, at);
    memory.writeUInt32LE(length, at + ID_BYTES);
    at += ENTRY_BYTES;
    end += length;
  }
  return memory.subarray(begin, end);
}

/** Bytes in a block before its first blob. */
export function headLength(blobs: number): number {
  return TABLE_START + blobs * ENTRY_BYTES;
}

/**
 * The table of a block: a view of its bytes.
 * @throws BulwarkError `pack-damaged` when it does not fit the block's length
 */
export function tableOf(block: Buffer): Buffer {
  if (block.length < TABLE_START) throw new BulwarkError('pack-damaged', 'a block is too short');
  const count = block.readUInt32LE(0);
  let end = headLength(count);
  if (end > block.length) throw new BulwarkError('pack-damaged', 'a block has a broken table');
  const table = block.subarray(TABLE_START, end);
  for (let i = 0; i < count; i++) end += table.readUInt32LE(i * ENTRY_BYTES + ID_BYTES);
  if (end !== block.length)
    throw new BulwarkError('pack-damaged', 'a block has another length than its table says');
  return table;
}

/** The blobs that a table lists, in order. */
export function listTable(table: Buffer): BlobInBlock[] {
  const count = countOf(table);
  const blobs: BlobInBlock[] = [];
  let offset = headLength(count);
  for (let i = 0; i < count; i++) {
    const at = i * ENTRY_BYTES;
    const length = table.readUInt32LE(at + ID_BYTES);
    blobs.push({ id: table.subarray(at, at + ID_BYTES), offset, length });
    offset += length;
  }
  return blobs;
}

/** A table made of what is known of the blobs of a block. */
export function buildTable(blobs: readonly { id: Uint8Array; length: number }[]): Buffer {
  const table = Buffer.allocUnsafe(blobs.length * ENTRY_BYTES);
  for (const [i, { id, length }] of blobs.entries()) {
    table.set(id, i * ENTRY_BYTES);
    table.writeUInt32LE(length, i * ENTRY_BYTES + ID_BYTES);
  }
  return table;
}

/** How many blobs a table lists. */
export function countOf(table: Uint8Array): number {
  return table.length / ENTRY_BYTES;
}
