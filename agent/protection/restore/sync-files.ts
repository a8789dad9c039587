import { readdirSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../support/atomic-file';
import { decodeName, toFsPath } from '../../support/names';
import type { Clock } from '../../support/clock';
import { runProcess } from '../../worktrees/git-process';
import { look, placeOf } from './places';
import type { StageItem } from './planner';
import { stagedPath } from './stage';
import type { AreaPlace, Move } from './work';

const SYNC_LIMIT_MS = 120_000;

/** Makes staged files durable: one sync of their file system, or one of each file where that is not to be had. */
export async function syncFiles(
  areas: readonly { readonly staging: string; readonly items: readonly StageItem[] }[],
  clock: Clock,
): Promise<void> {
  for (const { staging, items } of areas) {
    if (items.length > 0 && process.platform === 'linux' && (await syncFileSystem(staging, clock)))
      continue;
    for (const item of items)
      if (item.entry.kind === 'file') await syncFile(stagedPath(staging, item));
  }
}

/**
 * Makes what was moved into its place durable, content and names, before anything that was replaced
 * is thrown away and before anybody is told that it is restored.
 */
export async function syncMoved(
  areas: readonly AreaPlace[],
  moves: readonly Move[],
  clock: Clock,
): Promise<void> {
  const done = new Set<number>();
  for (const [i, area] of areas.entries()) {
    const found = look(area.root);
    if (found === null || !moves.some((move) => 'area' in move && move.area === i)) continue;
    if (done.has(found.dev)) continue;
    if (process.platform === 'linux' && (await syncFileSystem(area.root, clock))) {
      done.add(found.dev);
      continue;
    }
    const folders = new Set<string>();
    for (const move of moves) {
      if (!('area' in move) || move.area !== i) continue;
      const place = placeOf(area, move.path);
      folders.add(dirname(place));
      if (move.kind === 'put') await syncTree(place, look(place));
    }
    for (const folder of folders) if (look(folder) !== null) await syncFolder(folder);
  }
}

async function syncTree(path: string, found: Stats | null): Promise<void> {
  // On Windows it was synced while it was staged: its read-only bit is set by now.
  if (found?.isFile() === true && process.platform !== 'win32') await syncFile(path);
  if (found?.isDirectory() !== true) return;
  for (const raw of readdirSync(toFsPath(path), { encoding: 'buffer' })) {
    const below = join(path, decodeName(raw));
    await syncTree(below, look(below));
  }
  await syncFolder(path);
}

async function syncFileSystem(path: string, clock: Clock): Promise<boolean> {
  const request = {
    command: 'sync',
    args: ['-f', '.'],
    cwd: path,
    env: process.env,
    timeoutMs: SYNC_LIMIT_MS,
    maxBytes: 1024,
  };
  const outcome = await runProcess(request, clock);
  return outcome.kind === 'exited' && outcome.code === 0;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(toFsPath(path), process.platform === 'win32' ? 'r+' : 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
