import { hashBytes, parseBlobId, ID_BYTES, toBlobId, type BlobId } from '../../repository/blob-id';
import { decodeTree, encodeTimes, encodeTree, type TreeEntry } from '../../repository/tree';
import { ByteReader, ByteWriter, viewOf } from '../../support/bytes';

/** What `lstat` told of an entry; equal signatures mean unchanged content. */
export interface Signature {
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly inode: bigint;
  /**
   * False when the entry changed so shortly before it was read that a later change
   * could have left the same times; then it is read again next time.
   */
  readonly settled: boolean;
}

/** An entry of a folder as the scanner remembers it. */
export interface RememberedEntry {
  readonly entry: TreeEntry;
  readonly signature: Signature;
  /** The times object of a folder. */
  readonly times: BlobId | null;
}

/** A folder as it was when it was last captured. */
export interface FolderMemory {
  readonly rules: number;
  /** Ids of its tree and times objects; null in a worker's answer, before its subfolders are known. */
  readonly ids: { readonly tree: BlobId; readonly times: BlobId } | null;
  readonly entries: readonly RememberedEntry[];
}

/** Stands for the tree of a subfolder that is not captured yet. */
export const UNKNOWN_TREE = parseBlobId('0'.repeat(2 * ID_BYTES));

/** A folder of which everything is known: what the store keeps of it, and what the catalog does. */
export interface SealedFolder {
  readonly tree: Buffer;
  readonly times: Buffer;
  readonly memory: Buffer;
}

/** The objects of a folder with these entries, and its memory, which names them. */
export function sealFolder(rules: number, entries: readonly RememberedEntry[]): SealedFolder {
  const tree = encodeTree(entries.map(({ entry }) => entry));
  const times = encodeTimes(
    entries.map(({ signature, times: below }) => {
      return { mtime: signature.mtime, times: below };
    }),
  );
  const ids = { tree: toBlobId(hashBytes(tree)), times: toBlobId(hashBytes(times)) };
  return { tree, times, memory: encode({ rules, ids, entries }, tree) };
}

/** The bytes that the catalog keeps for a folder. */
export function encodeMemory(memory: FolderMemory): Buffer {
  return encode(memory, encodeTree(memory.entries.map(({ entry }) => entry)));
}

function encode({ rules, ids, entries }: FolderMemory, tree: Buffer): Buffer {
  const out = new ByteWriter(128 + tree.length + entries.length * 26);
  out.u32(rules);
  out.u8(ids === null ? 0 : 1);
  if (ids !== null) {
    out.hex(ids.tree);
    out.hex(ids.times);
  }
  out.counted(tree);
  for (const { signature, times } of entries) {
    out.i64(signature.mtime);
    out.i64(signature.ctime);
    out.i64(BigInt.asIntN(64, signature.inode));
    out.u8((signature.settled ? 1 : 0) + (times === null ? 0 : 2));
    if (times !== null) out.hex(times);
  }
  return out.take();
}

/** The inverse of {@link encodeMemory}. @throws RangeError or BulwarkError when it is damaged */
export function decodeMemory(bytes: Uint8Array): FolderMemory {
  const input = new ByteReader(viewOf(bytes));
  const rules = input.u32();
  const ids =
    input.u8() === 0
      ? null
      : { tree: parseBlobId(input.hex(ID_BYTES)), times: parseBlobId(input.hex(ID_BYTES)) };
  const entries = decodeTree(input.counted()).map((entry): RememberedEntry => {
    const mtime = input.i64();
    const ctime = input.i64();
    const inode = BigInt.asUintN(64, input.i64());
    const flags = input.u8();
    const times = (flags & 2) === 0 ? null : parseBlobId(input.hex(ID_BYTES));
    return { entry, signature: { mtime, ctime, inode, settled: (flags & 1) === 1 }, times };
  });
  return { rules, ids, entries };
}
