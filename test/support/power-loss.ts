import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { FileEvent } from './recording-fs';

/** What a disk keeps of what it was never told to keep. */
export interface Fate {
  /** How much of a write that was not synced: 0 none of it, 1 all; else it is torn there. */
  write(): number;
  /** How many of `count` changes of a folder that were not synced, the first ones. */
  entries(count: number): number;
}

const SECTOR_BYTES = 512;

/** Everything that was not synced is gone. */
export const NOTHING_KEPT: Fate = { write: () => 0, entries: () => 0 };
/** Names are there and content is not, as after a crash of a file system that orders only names. */
export const ONLY_NAMES: Fate = { write: () => 0, entries: (count) => count };

/** A kill: the system lives on, and what was handed to it is there. */
export const ALL_KEPT: Fate = { write: () => 1, entries: (count) => count };

/** Some is there, some is not and some is torn, in any order. @param random 0 to 1 */
export function chance(random: () => number): Fate {
  return {
    write: () => {
      const draw = random();
      return draw < 0.4 ? 0 : draw < 0.7 ? 1 : random();
    },
    entries: (count) => Math.floor(random() * (count + 1)),
  };
}

interface Inode {
  readonly synced: Buffer;
  readonly pending: readonly (FileEvent & { readonly inode: number })[];
}

type Entry = FileEvent & { readonly kind: 'create' | 'rename' | 'remove' };

/**
 * Writes to `to` what a disk could hold when the power fails after these events.
 * @param root the folder that was recorded; folders themselves are there once something was made in them
 */
export function afterPowerLoss(
  events: readonly FileEvent[],
  root: string,
  to: string,
  fate: Fate,
): void {
  const inodes = new Map<number, Inode>();
  const folders = new Map<string, { synced: Map<string, number>; pending: Entry[] }>();
  const names = new Map<string, number>();
  const folderOf = (path: string): { synced: Map<string, number>; pending: Entry[] } => {
    const folder = folders.get(path) ?? { synced: new Map<string, number>(), pending: [] };
    folders.set(path, folder);
    return folder;
  };
  const current = (inode: number): Inode =>
    inodes.get(inode) ?? { synced: Buffer.alloc(0), pending: [] };
  for (const event of events)
    switch (event.kind) {
      case 'create':
        names.set(event.path, event.inode);
        inodes.set(event.inode, current(event.inode));
        folderOf(dirname(event.path)).pending.push(event);
        break;
      case 'write':
      case 'truncate': {
        const { synced, pending } = current(event.inode);
        inodes.set(event.inode, { synced, pending: [...pending, event] });
        break;
      }
      case 'sync': {
        const inode = current(event.inode);
        inodes.set(event.inode, { synced: contentOf(inode, () => 1), pending: [] });
        break;
      }
      case 'rename': {
        const inode = names.get(event.from);
        names.delete(event.from);
        if (inode !== undefined) names.set(event.to, inode);
        folderOf(dirname(event.to)).pending.push(event);
        if (dirname(event.to) !== dirname(event.from))
          folderOf(dirname(event.from)).pending.push(event);
        break;
      }
      case 'remove':
        names.delete(event.path);
        folderOf(dirname(event.path)).pending.push(event);
        break;
      case 'sync-folder': {
        const folder = folderOf(event.path);
        apply(folder.synced, event.path, folder.pending, events);
        folder.pending.splice(0);
        break;
      }
      case 'acknowledged':
        break;
    }
  for (const [path, { synced, pending }] of folders) {
    const entries = new Map(synced);
    apply(entries, path, pending.slice(0, fate.entries(pending.length)), events);
    const folder = join(to, relative(root, path));
    mkdirSync(folder, { recursive: true });
    for (const [name, inode] of entries)
      writeFileSync(
        join(folder, name),
        contentOf(current(inode), () => fate.write()),
      );
  }
}

/** Changes of one folder, in order. */
function apply(
  entries: Map<string, number>,
  folder: string,
  changes: readonly Entry[],
  events: readonly FileEvent[],
): void {
  for (const change of changes) {
    if (change.kind === 'create') entries.set(basename(change.path), change.inode);
    else if (change.kind === 'remove') entries.delete(basename(change.path));
    else {
      if (dirname(change.from) === folder) entries.delete(basename(change.from));
      if (dirname(change.to) === folder) {
        const inode = inodeOf(change, events);
        if (inode !== null) entries.set(basename(change.to), inode);
      }
    }
  }
}

/** Which file a rename moved. */
function inodeOf(
  rename: FileEvent & { readonly kind: 'rename' },
  events: readonly FileEvent[],
): number | null {
  let path = rename.from;
  for (let i = events.indexOf(rename) - 1; i >= 0; i--) {
    const event = events[i];
    if (event?.kind === 'create' && event.path === path) return event.inode;
    if (event?.kind === 'rename' && event.to === path) path = event.from;
  }
  return null;
}

/** @param kept how much of each write is there, 0 to 1 */
function contentOf({ synced, pending }: Inode, kept: () => number): Buffer {
  let content = synced;
  for (const event of pending) {
    const share = kept();
    if (event.kind === 'truncate') {
      if (share >= 0.5) content = content.subarray(0, event.length);
      continue;
    }
    if (event.kind !== 'write' || share === 0) continue;
    const sectors = Math.floor((event.data.length * share) / SECTOR_BYTES) * SECTOR_BYTES;
    const data = share === 1 ? event.data : event.data.subarray(0, sectors);
    if (data.length === 0) continue;
    const grown = Buffer.alloc(Math.max(content.length, event.offset + data.length));
    content.copy(grown);
    data.copy(grown, event.offset);
    content = grown;
  }
  return content;
}
