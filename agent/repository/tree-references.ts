import { ByteReader } from '../support/bytes';
import { BulwarkError, messageOf } from '../support/errors';
import { ID_BYTES } from './blob-id';

/** What a tree needs to be whole. Views of its bytes: binary ids. */
export interface TreeReferences {
  readonly folders: readonly Buffer[];
  readonly files: readonly Buffer[];
  /** Lists of chunks. */
  readonly chunked: readonly Buffer[];
}

/**
 * The ids in a tree, without making objects of its entries: garbage collection passes every tree
 * of the store. The layout is that of `tree.ts`.
 * @throws BulwarkError `store-damaged` when it is no tree
 */
export function referencesOf(tree: Buffer): TreeReferences {
  return reading('tree', () => {
    const input = new ByteReader(tree);
    const found: Found = { folders: [], files: [], chunked: [] };
    if (input.u32() !== 0x31545742) throw new RangeError('no tree');
    for (let left = input.varint(); left > 0; left--) readEntry(input, found);
    if (!input.atEnd) throw new RangeError('bytes after the last entry');
    return found;
  });
}

/** The same, while it is read. */
interface Found {
  readonly folders: Buffer[];
  readonly files: Buffer[];
  readonly chunked: Buffer[];
}

function readEntry(input: ByteReader, { folders, files, chunked }: Found): void {
  const kind = input.u8();
  input.counted();
  switch (kind) {
    case 1:
    case 2:
      input.varint();
      input.varint();
      (kind === 1 ? files : chunked).push(input.raw(ID_BYTES));
      return;
    case 3:
      input.varint();
      folders.push(input.raw(ID_BYTES));
      for (let i = 0; i < 5; i++) input.varint();
      return;
    case 4:
      input.counted();
      return;
    case 5:
      return;
    case 6:
      input.u8();
      input.counted();
      input.varint();
      return;
    case 7:
      input.varint();
      return;
    default:
      throw new RangeError(`unknown kind of entry ${String(kind)}`);
  }
}

/** The ids of the times objects of a folder's subfolders. @throws BulwarkError `store-damaged` */
export function timesReferences(times: Buffer): readonly Buffer[] {
  return reading('times', () => {
    const input = new ByteReader(times);
    const found: Buffer[] = [];
    if (input.u32() !== 0x314d5742) throw new RangeError('no times');
    for (let left = input.varint(); left > 0; left--) {
      input.raw(8);
      if (input.u8() === 1) found.push(input.raw(ID_BYTES));
    }
    return found;
  });
}

/** The ids in a list of chunks. @throws BulwarkError `store-damaged` */
export function chunkReferences(list: Buffer): readonly Buffer[] {
  return reading('list of chunks', () => {
    const input = new ByteReader(list);
    const found: Buffer[] = [];
    while (!input.atEnd) found.push(input.raw(ID_BYTES));
    return found;
  });
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new BulwarkError('store-damaged', `a ${what} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
