import { ByteReader, ByteWriter } from '../support/bytes';
import { BulwarkError, messageOf } from '../support/errors';
import { decodeName, encodeName } from '../support/names';
import { ID_BYTES, parseBlobId, type BlobId } from './blob-id';

/** What a folder and all folders below it hold. */
export interface Totals {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  readonly bytes: number;
  /** Entries left out. */
  readonly excluded: number;
}

export const NO_TOTALS: Totals = { files: 0, folders: 0, links: 0, bytes: 0, excluded: 0 };

/** Why an entry was left out. The order is part of the format. */
export const EXCLUSION_REASONS = [
  'regenerable',
  'too-large',
  'pattern',
  'unreadable',
  'special-file',
  'changing',
] as const;
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number];

export type FileEntry = {
  readonly kind: 'file';
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  /** Null for an empty file. A chunked file's blob is the list of its chunks' ids. */
  readonly id: BlobId | null;
  readonly chunked: boolean;
};
export type FolderEntry = {
  readonly kind: 'folder';
  readonly name: string;
  readonly mode: number;
  readonly tree: BlobId;
  readonly totals: Totals;
};
export type LinkEntry = { readonly kind: 'link'; readonly name: string; readonly target: string };
/** A worktree inside this one: a source of its own, never looked into from here. */
export type NestedEntry = { readonly kind: 'nested'; readonly name: string };
export type ExcludedEntry = {
  readonly kind: 'excluded';
  readonly name: string;
  readonly reason: ExclusionReason;
  /** The pattern, limit or marker that decided. */
  readonly rule: string;
  /** Null where nobody counted: a folder. */
  readonly bytes: number | null;
};
export type TreeEntry = FileEntry | FolderEntry | LinkEntry | NestedEntry | ExcludedEntry;

/** Times of an entry, kept apart from the tree so that worktrees share trees that differ only in times. */
export interface EntryTimes {
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** The times object of a folder, null for anything else. */
  readonly times: BlobId | null;
}

const TREE_MAGIC = 0x31545742; // "BWT1"
const TIMES_MAGIC = 0x314d5742; // "BWM1"
const KINDS = {
  file: 1,
  chunked: 2,
  folder: 3,
  link: 4,
  nested: 5,
  excluded: 6,
  empty: 7,
} as const;

/** Orders names by their bytes, as trees need. */
export function compareNames(a: string, b: string): number {
  // UTF-16 order differs from byte order only from the surrogates on.
  if (!/[\ud800-\uffff]/.test(a) && !/[\ud800-\uffff]/.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(encodeName(a), encodeName(b));
}

/** The bytes of a tree object. @param entries in the order of {@link compareNames} */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const out = new ByteWriter(64 + entries.length * 64);
  out.u32(TREE_MAGIC);
  out.varint(entries.length);
  for (const entry of entries) writeEntry(out, entry);
  return out.take();
}

function writeEntry(out: ByteWriter, entry: TreeEntry): void {
  const kind =
    entry.kind === 'file'
      ? entry.id === null
        ? KINDS.empty
        : entry.chunked
          ? KINDS.chunked
          : KINDS.file
      : KINDS[entry.kind];
  out.u8(kind);
  out.counted(encodeName(entry.name));
  switch (entry.kind) {
    case 'file':
      out.varint(entry.mode);
      if (entry.id !== null) {
        out.varint(entry.size);
        out.hex(entry.id);
      }
      return;
    case 'folder':
      out.varint(entry.mode);
      out.hex(entry.tree);
      writeTotals(out, entry.totals);
      return;
    case 'link':
      out.counted(encodeName(entry.target));
      return;
    case 'nested':
      return;
    case 'excluded':
      out.u8(EXCLUSION_REASONS.indexOf(entry.reason));
      out.counted(encodeName(entry.rule));
      out.varint(entry.bytes === null ? 0 : entry.bytes + 1);
      return;
  }
}

function writeTotals(out: ByteWriter, totals: Totals): void {
  out.varint(totals.files);
  out.varint(totals.folders);
  out.varint(totals.links);
  out.varint(totals.bytes);
  out.varint(totals.excluded);
}

/**
 * @throws BulwarkError `store-damaged` when it is no tree, or when a name in it could
 *   lead out of its folder
 */
export function decodeTree(bytes: Buffer): TreeEntry[] {
  try {
    const input = new ByteReader(bytes);
    if (input.u32() !== TREE_MAGIC) throw new RangeError('no tree');
    const count = input.varint();
    const entries: TreeEntry[] = [];
    for (let i = 0; i < count; i++) entries.push(readEntry(input));
    if (!input.atEnd) throw new RangeError('bytes after the last entry');
    return entries;
  } catch (error) {
    throw new BulwarkError('store-damaged', `a tree cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function readEntry(input: ByteReader): TreeEntry {
  const kind = input.u8();
  const name = decodeName(input.counted());
  refuseEscape(name);
  switch (kind) {
    case KINDS.empty:
      return { kind: 'file', name, mode: input.varint(), size: 0, id: null, chunked: false };
    case KINDS.file:
    case KINDS.chunked: {
      const mode = input.varint();
      const size = input.varint();
      const id = parseBlobId(input.hex(ID_BYTES));
      return { kind: 'file', name, mode, size, id, chunked: kind === KINDS.chunked };
    }
    case KINDS.folder: {
      const mode = input.varint();
      const tree = parseBlobId(input.hex(ID_BYTES));
      return { kind: 'folder', name, mode, tree, totals: readTotals(input) };
    }
    case KINDS.link:
      return { kind: 'link', name, target: decodeName(input.counted()) };
    case KINDS.nested:
      return { kind: 'nested', name };
    case KINDS.excluded: {
      const reason = EXCLUSION_REASONS[input.u8()];
      if (reason === undefined) throw new RangeError('unknown reason of an exclusion');
      const rule = decodeName(input.counted());
      const bytes = input.varint();
      return { kind: 'excluded', name, reason, rule, bytes: bytes === 0 ? null : bytes - 1 };
    }
    default:
      throw new RangeError(`unknown kind of entry ${String(kind)}`);
  }
}

function readTotals(input: ByteReader): Totals {
  return {
    files: input.varint(),
    folders: input.varint(),
    links: input.varint(),
    bytes: input.varint(),
    excluded: input.varint(),
  };
}

function refuseEscape(name: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
    throw new RangeError(`a name that no folder can hold: ${JSON.stringify(name)}`);
}

/** Adds up what a folder holds, its subfolders included. */
export function totalsOf(entries: readonly TreeEntry[]): Totals {
  let { files, folders, links, bytes, excluded } = NO_TOTALS;
  for (const entry of entries) {
    if (entry.kind === 'file') {
      files += 1;
      bytes += entry.size;
    } else if (entry.kind === 'link') links += 1;
    else if (entry.kind === 'excluded') excluded += 1;
    else if (entry.kind === 'folder') {
      folders += 1 + entry.totals.folders;
      files += entry.totals.files;
      links += entry.totals.links;
      bytes += entry.totals.bytes;
      excluded += entry.totals.excluded;
    }
  }
  return { files, folders, links, bytes, excluded };
}

/** The bytes of the times object that goes with a tree; one item an entry, in the tree's order. */
export function encodeTimes(times: readonly EntryTimes[]): Buffer {
  const out = new ByteWriter(16 + times.length * 12);
  out.u32(TIMES_MAGIC);
  out.varint(times.length);
  for (const { mtime, times: child } of times) {
    out.i64(mtime);
    out.u8(child === null ? 0 : 1);
    if (child !== null) out.hex(child);
  }
  return out.take();
}

/** @throws BulwarkError `store-damaged` when it is no times object */
export function decodeTimes(bytes: Buffer): EntryTimes[] {
  try {
    const input = new ByteReader(bytes);
    if (input.u32() !== TIMES_MAGIC) throw new RangeError('no times');
    const count = input.varint();
    const times: EntryTimes[] = [];
    for (let i = 0; i < count; i++) {
      const mtime = input.i64();
      const hasChild = input.u8() === 1;
      times.push({ mtime, times: hasChild ? parseBlobId(input.hex(ID_BYTES)) : null });
    }
    return times;
  } catch (error) {
    throw new BulwarkError('store-damaged', `times cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
