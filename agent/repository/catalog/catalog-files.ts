import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ByteReader } from '../../support/bytes';
import { crc32c } from '../../support/crc32c';
import { errnoOf, fileError } from '../../support/errors';

/*
 * LevelDB keeps checksums and does not look at them: a damaged record of its log is left out
 * without a word, and a damaged table can end the whole process. So they are looked at here before
 * it opens its files. Formats: doc/log_format.md and doc/table_format.md of LevelDB.
 */

const LOG_BLOCK_BYTES = 32 * 1024;
const LOG_HEADER_BYTES = 7;
/** Whole, first, middle and last part of a record. */
const LOG_TYPES = 4;
const FOOTER_BYTES = 48;
const TABLE_MAGIC = 0xdb4775248b80fb57n;
/** Type of compression and checksum after each block of a table. */
const BLOCK_TRAILER_BYTES = 5;
const UNCOMPRESSED = 0;

/**
 * The name of a file of a LevelDB database in `path` whose checksums do not fit, or null.
 * @param tables whether its tables are read too: all of the catalog, where its logs are a few megabytes
 */
export async function damagedFile(path: string, tables: boolean): Promise<string | null> {
  for (const name of await names(path)) {
    const isLog = /^(?:\d+\.log|MANIFEST-\d+)$/.test(name);
    const isTable = /^\d+\.(?:ldb|sst)$/.test(name);
    if (!isLog && !(isTable && tables)) continue;
    const bytes = await read(join(path, name));
    if (bytes === null) continue;
    if (isLog ? !isWholeLog(bytes) : !isWholeTable(bytes)) return name;
  }
  return null;
}

async function names(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    // What is no folder is told by LevelDB itself.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw fileError(error, path);
  }
}

/**
 * Whether all records are right, but for the last, which a crash may have torn: what is right
 * after something wrong tells that it was no crash.
 */
function isWholeLog(bytes: Buffer): boolean {
  let torn = false;
  for (let at = 0; at < bytes.length;) {
    const end = recordEnd(bytes, at);
    if (end !== null && torn) return false;
    const left = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES);
    if (end !== null) at = end;
    // The rest of a block that has no room for a header is zeros.
    else if (left < LOG_HEADER_BYTES) at += left;
    else {
      torn = true;
      at += 1;
    }
  }
  return true;
}

/** Where the record that begins at `at` ends, or null where none does. */
function recordEnd(bytes: Buffer, at: number): number | null {
  const left = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES);
  if (left < LOG_HEADER_BYTES || bytes.length - at < LOG_HEADER_BYTES) return null;
  const type = bytes.readUInt8(at + 6);
  const length = LOG_HEADER_BYTES + bytes.readUInt16LE(at + 4);
  if (type < 1 || type > LOG_TYPES || length > left || at + length > bytes.length) return null;
  const isRight = checksum(bytes.subarray(at + 6, at + length)) === bytes.readUInt32LE(at);
  return isRight ? at + length : null;
}

/** Null for one that is deleted just now, by a process that has the database open. */
async function read(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw fileError(error, path);
  }
}

/** A table without its end is one that was being written; LevelDB itself tells when it needs it. */
function isWholeTable(bytes: Buffer): boolean {
  if (bytes.length < FOOTER_BYTES) return true;
  const footer = bytes.subarray(bytes.length - FOOTER_BYTES);
  if (footer.readBigUInt64LE(FOOTER_BYTES - 8) !== TABLE_MAGIC) return true;
  try {
    const handles = new ByteReader(footer);
    const metaindex = { offset: handles.varint(), size: handles.varint() };
    const index = { offset: handles.varint(), size: handles.varint() };
    for (const block of [metaindex, index]) {
      if (!isWholeBlock(bytes, block)) return false;
      if (bytes[block.offset + block.size] !== UNCOMPRESSED) continue;
      for (const below of handlesIn(bytes.subarray(block.offset, block.offset + block.size)))
        if (!isWholeBlock(bytes, below)) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

function isWholeBlock(bytes: Buffer, { offset, size }: BlockHandle): boolean {
  const end = offset + size + 1;
  if (end + 4 > bytes.length - FOOTER_BYTES + BLOCK_TRAILER_BYTES) return false;
  return checksum(bytes.subarray(offset, end)) === bytes.readUInt32LE(end);
}

/** The values of an index block, which are the places of other blocks. */
function* handlesIn(block: Buffer): Generator<BlockHandle> {
  const restarts = block.readUInt32LE(block.length - 4);
  const input = new ByteReader(block.subarray(0, block.length - 4 - restarts * 4));
  while (!input.atEnd) {
    // How much of the key is that of the one before, how much follows, and the length of the value.
    input.varint();
    const keyBytes = input.varint();
    const valueBytes = input.varint();
    input.raw(keyBytes);
    const value = new ByteReader(input.raw(valueBytes));
    yield { offset: value.varint(), size: value.varint() };
  }
}

/** As LevelDB stores it: rotated and moved, so that a checksum of checksums is safe. */
function checksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
