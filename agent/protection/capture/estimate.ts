import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { sep } from 'node:path';
import { toFsPath } from '../../support/names';
import { CaptureRules, type RootFilter } from './capture-rules';
import { regenerableByContent } from '../../worktrees/regenerable';

/** Files that are looked at together; more would only take memory. */
const AT_A_TIME = 256;
/** A file that changed so shortly before a snapshot may be read again by the next one, ms. */
const UNSETTLED_MS = 2000;

/**
 * About how many bytes a capture of a root reads: the sizes of all files, or of those that changed
 * since the last one. A guess for people: what cannot be read counts as nothing.
 * @param since when the last snapshot was taken, ms since 1970; null reads everything
 */
export async function bytesToRead(request: {
  root: string;
  filter: RootFilter;
  since: number | null;
  signal: AbortSignal;
}): Promise<number> {
  const { root, signal } = request;
  const rules = new CaptureRules(request.filter);
  const since = request.since === null ? null : request.since - UNSETTLED_MS;
  const folders = [''];
  let bytes = 0;
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    if (signal.aborted) return bytes;
    const entries = await entriesOf(path === '' ? root : `${root}${sep}${path}`);
    const siblings = new Set(entries.map(({ name }) => name));
    const inside = path !== '' && rules.looksInside;
    if (inside && (siblings.has('.git') || regenerableByContent(siblings) !== null)) continue;
    const files: string[] = [];
    for (const entry of entries) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (rules.judge(below, entry.name, entry.isDirectory(), siblings).kind !== 'keep') continue;
      if (entry.isDirectory()) folders.push(below);
      else if (entry.isFile()) files.push(`${root}${sep}${below}`);
    }
    while (files.length > 0) {
      const sizes = files.splice(0, AT_A_TIME).map((file) => sizeOf(file, since));
      for (const size of await Promise.all(sizes)) if (size <= rules.maxFileBytes) bytes += size;
    }
  }
  return bytes;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(toFsPath(folder), { withFileTypes: true });
  } catch {
    return [];
  }
}

async function sizeOf(file: string, since: number | null): Promise<number> {
  try {
    const { size, ctimeMs } = await lstat(toFsPath(file));
    return since === null || ctimeMs >= since ? size : 0;
  } catch {
    return 0;
  }
}
