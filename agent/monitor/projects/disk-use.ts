import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { breathe } from '../../support/breathe';
import { decodeName, toFsPath } from '../../support/names';
import { regenerableByContent, regenerableByName } from '../../worktrees/regenerable';

/** What a worktree takes on the disk. Sizes are those of the files, as `ls` shows them. */
export interface DiskUse {
  readonly bytes: number;
  readonly files: number;
  /** Folders whose content a tool makes again, largest first; they are part of `bytes`. */
  readonly regenerable: readonly { readonly path: string; readonly bytes: number }[];
  readonly regenerableBytes: number;
  /** Whether there was more than is looked at. */
  readonly partial: boolean;
}

/** So much is looked at: some ten seconds on a laptop. */
const MAX_ENTRIES = 1_000_000;
/** Entries between two rests for other work. */
const REST_AFTER = 500;
const MAX_NAMED = 20;

/**
 * Measures what is in a folder, git's own files left out; follows no links, and waits for other work
 * in between. @throws an error of the file system when the folder itself cannot be read
 */
export async function diskUse(root: string, signal?: AbortSignal): Promise<DiskUse> {
  const walk = { bytes: 0, files: 0, entries: 0 };
  const found = new Map<string, number>();
  const visit = async (at: string, owner: string | null): Promise<void> => {
    const names = await namesIn(join(root, at));
    const byContent = owner === null && at !== '' ? regenerableByContent(names) : null;
    const within = byContent === null ? owner : at;
    for (const name of names) {
      if (walk.entries >= MAX_ENTRIES) return;
      walk.entries += 1;
      if (walk.entries % REST_AFTER === 0) {
        await breathe();
        signal?.throwIfAborted();
      }
      if (at === '' && name === '.git') continue;
      const path = at === '' ? name : `${at}/${name}`;
      const stats = await lstat(toFsPath(join(root, path))).catch(() => null);
      if (stats === null) continue;
      if (stats.isDirectory()) {
        const isOwner = within === null && regenerableByName(name, names) !== null;
        await visit(path, isOwner ? path : within).catch(() => undefined);
        continue;
      }
      walk.files += 1;
      walk.bytes += stats.size;
      if (within !== null) found.set(within, (found.get(within) ?? 0) + stats.size);
    }
  };
  await visit('', null);
  signal?.throwIfAborted();
  const all = [...found].map(([path, bytes]) => ({ path, bytes }));
  return {
    bytes: walk.bytes,
    files: walk.files,
    regenerable: all.sort((a, b) => b.bytes - a.bytes).slice(0, MAX_NAMED),
    regenerableBytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    partial: walk.entries >= MAX_ENTRIES,
  };
}

async function namesIn(folder: string): Promise<Set<string>> {
  const names = await readdir(toFsPath(folder), { encoding: 'buffer' });
  return new Set(names.map(decodeName));
}
