import type { BlobId } from '../../repository/blob-id';
import {
  compareNames,
  decodeTimes,
  decodeTree,
  type EntryTimes,
  type TreeEntry,
} from '../../repository/tree';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import { childPath, onlyPaths, WHOLE_TREE, type PathFilter, type Standing } from './path-filter';

/** A folder of a snapshot: its tree and the times that go with it. */
export interface TreeRef {
  readonly tree: BlobId;
  readonly times: BlobId;
}

export type ReadBlob = (id: BlobId) => Promise<Buffer>;

/** An entry with its time of change. */
export interface TimedEntry {
  readonly entry: TreeEntry;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Where to go on below a folder, null for anything else. */
  readonly below: TreeRef | null;
}

/** One path on which two trees were compared. */
export type DiffStep =
  /** Equal on both sides; `entries` counts it and all that is below it. */
  | { readonly kind: 'same'; readonly path: string; readonly entries: number }
  /** A folder on both sides, with the same mode, whose content differs. */
  | {
      readonly kind: 'entered';
      readonly path: string;
      readonly from: TimedEntry;
      readonly to: TimedEntry;
    }
  /** There on one side only, or of another type, content or mode. Never both null. */
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly from: TimedEntry | null;
      readonly to: TimedEntry | null;
      /** `above`: only a folder on the way to a path that was asked for. */
      readonly standing: Exclude<Standing, 'outside'>;
    };

/**
 * Compares two trees, a folder before what is in it, names in byte order.
 * Equal subtrees are not read; times are not compared.
 * @param from null for nothing at all
 * @param paths only these paths and what is below them
 */
export async function* diffTrees(
  read: ReadBlob,
  from: TreeRef | null,
  to: TreeRef | null,
  paths?: readonly string[],
): AsyncGenerator<DiffStep> {
  const filter = paths === undefined ? WHOLE_TREE : onlyPaths(paths);
  if (from !== null && from.tree === to?.tree) {
    for (const { entry } of await readFolder(read, from))
      yield { kind: 'same', path: entry.name, entries: countEntries(entry) };
    return;
  }
  const open = [await pairFolder(read, '', from, to)];
  for (;;) {
    const folder = open.at(-1);
    if (folder === undefined) return;
    const pair = folder.pairs[folder.next++];
    if (pair === undefined) {
      open.pop();
      continue;
    }
    const path = childPath(folder.path, pair.name);
    const step = comparePair(path, pair, filter);
    if (step === null) continue;
    yield step;
    if (step.kind === 'same') continue;
    const before = step.from?.below ?? null;
    const after = step.to?.below ?? null;
    if ((before !== null || after !== null) && before?.tree !== after?.tree)
      open.push(await pairFolder(read, path, before, after));
  }
}

interface Pair {
  readonly name: string;
  readonly from: TimedEntry | null;
  readonly to: TimedEntry | null;
}

interface OpenFolder {
  readonly path: string;
  readonly pairs: readonly Pair[];
  next: number;
}

function comparePair(path: string, { from, to }: Pair, filter: PathFilter): DiffStep | null {
  const standing = filter.standing(path);
  if (standing === 'outside') return null;
  if (from !== null && to !== null) {
    if (sameEntry(from.entry, to.entry))
      return { kind: 'same', path, entries: countEntries(to.entry) };
    const folders = from.entry.kind === 'folder' && to.entry.kind === 'folder';
    if (folders && (standing === 'above' || modeOf(from.entry) === modeOf(to.entry)))
      return { kind: 'entered', path, from, to };
  }
  return { kind: 'changed', path, from, to, standing };
}

async function pairFolder(
  read: ReadBlob,
  path: string,
  from: TreeRef | null,
  to: TreeRef | null,
): Promise<OpenFolder> {
  const before = from === null ? [] : await readFolder(read, from);
  const after = to === null ? [] : await readFolder(read, to);
  const pairs: Pair[] = [];
  let left = 0;
  let right = 0;
  for (;;) {
    const a = before[left] ?? null;
    const b = after[right] ?? null;
    if (a === null && b === null) return { path, pairs, next: 0 };
    const order = a === null ? 1 : b === null ? -1 : compareNames(a.entry.name, b.entry.name);
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
    const name = (order <= 0 ? a : b)?.entry.name ?? '';
    pairs.push({ name, from: order <= 0 ? a : null, to: order >= 0 ? b : null });
  }
}

/**
 * The entries of one folder with their times.
 * @throws BulwarkError `store-damaged` when tree and times do not go together
 */
export async function readFolder(read: ReadBlob, folder: TreeRef): Promise<TimedEntry[]> {
  const entries = decodeTree(await read(folder.tree));
  const times = decodeTimes(await read(folder.times));
  if (times.length !== entries.length)
    throw new BulwarkError('store-damaged', 'the times of a folder do not fit its entries');
  return entries.map((entry, i) => timed(entry, times[i]));
}

function timed(entry: TreeEntry, times: EntryTimes | undefined): TimedEntry {
  const mtime = times?.mtime ?? 0n;
  if (entry.kind !== 'folder') return { entry, mtime, below: null };
  if (times?.times === null || times === undefined)
    throw new BulwarkError('store-damaged', 'a folder of a snapshot has no times');
  return { entry, mtime, below: { tree: entry.tree, times: times.times } };
}

/**
 * The entry at a path, or null when the tree has none; the root is no entry.
 * @param path as `cleanTreePath` gives it, not empty
 */
export async function findEntry(
  read: ReadBlob,
  root: TreeRef,
  path: string,
): Promise<TimedEntry | null> {
  let folder: TreeRef | null = root;
  let found: TimedEntry | null = null;
  for (const name of path.split('/')) {
    if (folder === null) return null;
    found = (await readFolder(read, folder)).find(({ entry }) => entry.name === name) ?? null;
    folder = found?.below ?? null;
  }
  return found;
}

/** The text of a small file in a tree; null where there is none. */
export async function readText(
  read: ReadBlob,
  tree: TreeRef,
  path: string,
): Promise<string | null> {
  const entry = (await findEntry(read, tree, path))?.entry;
  if (entry?.kind !== 'file' || entry.id === null || entry.chunked) return null;
  return decodeName(await read(entry.id));
}

/** The entry itself and all that is below it. */
function countEntries(entry: TreeEntry): number {
  if (entry.kind === 'folder')
    return 1 + entry.totals.files + entry.totals.folders + entry.totals.links;
  return entry.kind === 'file' || entry.kind === 'link' ? 1 : 0;
}

function modeOf(entry: TreeEntry): number | null {
  return entry.kind === 'file' || entry.kind === 'folder' ? entry.mode : null;
}

/** Whether two files hold the same bytes. */
export function sameContent(a: TreeEntry, b: TreeEntry): boolean {
  if (a.kind === 'file' && b.kind === 'file')
    return a.size === b.size && a.id === b.id && a.chunked === b.chunked;
  return a.kind === 'link' && b.kind === 'link' && a.target === b.target;
}

function sameEntry(a: TreeEntry, b: TreeEntry): boolean {
  if (a.kind === 'folder' && b.kind === 'folder') return a.tree === b.tree && a.mode === b.mode;
  if (a.kind === 'nested' || a.kind === 'excluded') return a.kind === b.kind;
  return sameContent(a, b) && modeOf(a) === modeOf(b);
}
