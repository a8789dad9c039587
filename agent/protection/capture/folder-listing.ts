import { existsSync, lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs';
import { sep } from 'node:path';
import { errnoOf } from '../../support/errors';
import { decodeName, toFsPath } from '../../support/names';
import {
  compareNames,
  NO_TOTALS,
  type ExclusionReason,
  type TreeEntry,
} from '../../repository/tree';
import type { CaptureRules } from './capture-rules';
import {
  UNKNOWN_TREE,
  type FolderMemory,
  type RememberedEntry,
  type Signature,
} from './folder-memory';
import { isMarker, regenerableByContent } from '../../worktrees/regenerable';

/** A file that must be read. */
export interface FileToRead {
  readonly kind: 'read';
  readonly name: string;
  readonly path: string;
  /** Bytes when it was listed. */
  readonly size: number;
  readonly signature: Signature;
}

/** A subfolder that a listing met. */
export interface FoundFolder {
  readonly path: string;
  /** Whether the folder that is remembered under this name is another one. */
  readonly replaced: boolean;
}

type Item = FileToRead | { readonly kind: 'known'; readonly remembered: RememberedEntry };

/** What listing a folder told. */
export type ListedFolder =
  | { readonly kind: 'gone' }
  | { readonly kind: 'nested' }
  | {
      readonly kind: 'excluded';
      readonly reason: 'regenerable' | 'unreadable';
      readonly rule: string;
    }
  | { readonly kind: 'same'; readonly folders: readonly FoundFolder[] }
  | {
      readonly kind: 'changed';
      readonly folders: readonly FoundFolder[];
      readonly items: readonly Item[];
    };

/** A folder to list, and what is remembered of it. */
export interface ListRequest {
  readonly root: string;
  readonly path: string;
  readonly rules: CaptureRules;
  /** Of the rules. */
  readonly version: number;
  readonly remembered: FolderMemory | null;
  /** The entries that changed, came or went, where that is known; null looks at all of them. */
  readonly names: readonly string[] | null;
}

/** Compares the entries of a folder with what is remembered of them. Reads no file. */
export function listFolder(request: ListRequest): ListedFolder {
  return lookAtNames(request) ?? listAll(request);
}

/** Looks at the named entries alone; null where that does not tell what becomes of the others. */
function lookAtNames({ root, path, rules, version, ...request }: ListRequest): ListedFolder | null {
  const { names, remembered } = request;
  if (names === null || remembered?.ids == null || remembered.rules !== version) return null;
  if (names.some((name) => name === '.git' || isMarker(name))) return null;
  const folder = path === '' ? root : `${root}${sep}${path}`;
  const known = new Map(remembered.entries.map((item) => [item.entry.name, item]));
  const siblings = new Set([...known.keys(), ...names]);
  const items = new Map<string, Item>();
  for (const remembered of known.values())
    items.set(remembered.entry.name, { kind: 'known', remembered });
  const folders: FoundFolder[] = [];
  let unchanged = true;
  for (const name of names) {
    const relative = path === '' ? name : `${path}/${name}`;
    const item = look(`${folder}${sep}${name}`, name, relative, siblings, rules, known.get(name));
    if (item === null) {
      // It may have gone together with the folder, or be the folder's own name, told at its end.
      if (known.has(name) || !existsSync(toFsPath(folder))) return null;
      continue;
    }
    if (item.kind === 'known' && item.remembered.entry.kind === 'folder')
      folders.push({ path: relative, replaced: item.replaced });
    if (item.kind === 'read' || !item.same) unchanged = false;
    items.set(name, item);
  }
  if (unchanged) return { kind: 'same', folders };
  const ordered = items.size === known.size ? [...items] : sorted(items);
  return { kind: 'changed', folders, items: ordered.map(([, item]) => item) };
}

function sorted(items: ReadonlyMap<string, Item>): [string, Item][] {
  return [...items].sort(([a], [b]) => compareNames(a, b));
}

function listAll(request: ListRequest): ListedFolder {
  const { root, path, rules, remembered, version } = request;
  const folder = path === '' ? root : `${root}${sep}${path}`;
  let names: string[];
  try {
    names = namesIn(folder);
  } catch (error) {
    return failedListing(error);
  }
  const siblings = new Set(names);
  if (path !== '' && rules.looksInside) {
    if (siblings.has('.git')) return { kind: 'nested' };
    const marker = regenerableByContent(siblings);
    if (marker !== null) return { kind: 'excluded', reason: 'regenerable', rule: marker };
  }
  names.sort(compareNames);
  const known = new Map(remembered?.entries.map((item) => [item.entry.name, item]));
  const items: Item[] = [];
  const folders: FoundFolder[] = [];
  let unchanged = remembered?.rules === version && remembered.ids !== null;
  for (const name of names) {
    const relative = path === '' ? name : `${path}/${name}`;
    const item = look(`${folder}${sep}${name}`, name, relative, siblings, rules, known.get(name));
    if (item === null) continue;
    if (item.kind === 'known' && item.remembered.entry.kind === 'folder')
      folders.push({ path: relative, replaced: item.replaced });
    if (item.kind === 'read' || !item.same) unchanged = false;
    items.push(item);
  }
  if (unchanged && items.length === known.size) return { kind: 'same', folders };
  return { kind: 'changed', folders, items };
}

type Look =
  FileToRead | { kind: 'known'; remembered: RememberedEntry; same: boolean; replaced: boolean };

function look(
  full: string,
  name: string,
  relative: string,
  siblings: ReadonlySet<string>,
  rules: CaptureRules,
  known: RememberedEntry | undefined,
): Look | null {
  let stats: BigIntStats;
  try {
    stats = lstatSync(toFsPath(full), { bigint: true });
  } catch (error) {
    // Deleted since the folder was listed.
    if (errnoOf(error) === 'ENOENT') return null;
    return excluded(name, 'unreadable', errnoOf(error) ?? 'unknown', null, known);
  }
  const verdict = rules.judge(relative, name, stats.isDirectory(), siblings);
  if (verdict.kind === 'ignore') return null;
  if (verdict.kind === 'exclude')
    return excluded(name, verdict.reason, verdict.rule, sizeOf(stats), known);
  const signature = signatureOf(stats);
  const mode = Number(stats.mode & 0o7777n);
  if (stats.isDirectory()) {
    const entry: TreeEntry = { kind: 'folder', name, mode, tree: UNKNOWN_TREE, totals: NO_TOTALS };
    const before = known?.entry.kind === 'folder' ? known : undefined;
    const sameMode = before?.entry.kind === 'folder' && before.entry.mode === mode;
    return {
      kind: 'known',
      remembered: { entry, signature, times: null },
      same: sameMode && before.signature.mtime === signature.mtime,
      replaced: before?.signature.inode !== signature.inode,
    };
  }
  if (stats.isSymbolicLink()) return link(full, name, signature, known);
  if (!stats.isFile()) return excluded(name, 'special-file', typeName(stats), null, known);
  const size = Number(stats.size);
  if (size > rules.maxFileBytes)
    return excluded(name, 'too-large', String(rules.maxFileBytes), size, known);
  if (
    known?.entry.kind === 'file' &&
    known.entry.size === size &&
    isSame(known.signature, signature)
  ) {
    const remembered = { entry: { ...known.entry, mode }, signature, times: null };
    return { kind: 'known', remembered, same: known.entry.mode === mode, replaced: false };
  }
  return { kind: 'read', name, path: full, size, signature };
}

function link(
  full: string,
  name: string,
  signature: Signature,
  known: RememberedEntry | undefined,
): Look | null {
  let target: string;
  try {
    target = decodeName(readlinkSync(toFsPath(full), { encoding: 'buffer' }));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    return excluded(name, 'unreadable', errnoOf(error) ?? 'unknown', null, known);
  }
  const same =
    known?.entry.kind === 'link' &&
    known.entry.target === target &&
    known.signature.mtime === signature.mtime;
  const entry: TreeEntry = { kind: 'link', name, target };
  return { kind: 'known', remembered: { entry, signature, times: null }, same, replaced: false };
}

function excluded(
  name: string,
  reason: ExclusionReason,
  rule: string,
  bytes: number | null,
  known: RememberedEntry | undefined,
): Look {
  const before = known?.entry;
  const same =
    before?.kind === 'excluded' &&
    before.reason === reason &&
    before.rule === rule &&
    before.bytes === bytes;
  const signature = { mtime: 0n, ctime: 0n, inode: 0n, settled: true };
  const entry: TreeEntry = { kind: 'excluded', name, reason, rule, bytes };
  return { kind: 'known', remembered: { entry, signature, times: null }, same, replaced: false };
}

function isSame(before: Signature, now: Signature): boolean {
  return (
    before.settled &&
    before.mtime === now.mtime &&
    before.ctime === now.ctime &&
    before.inode === now.inode
  );
}

/** The signature of what was just looked at; whether it is settled is decided when it is read. */
export function signatureOf(stats: BigIntStats): Signature {
  return { mtime: stats.mtimeNs, ctime: stats.ctimeNs, inode: stats.ino, settled: true };
}

/** Names in a folder; through bytes only where some name is no UTF-8, because that costs more. */
function namesIn(folder: string): string[] {
  const names = readdirSync(toFsPath(folder));
  if (process.platform === 'win32' || !names.some((name) => name.includes('\ufffd'))) return names;
  return readdirSync(toFsPath(folder), { encoding: 'buffer' }).map(decodeName);
}

function failedListing(error: unknown): ListedFolder {
  const code = errnoOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone' };
  return { kind: 'excluded', reason: 'unreadable', rule: code ?? 'unknown' };
}

function sizeOf(stats: BigIntStats): number | null {
  return stats.isFile() ? Number(stats.size) : null;
}

function typeName(stats: BigIntStats): string {
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'pipe';
  return 'device';
}
